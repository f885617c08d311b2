// Lets the official JavaScript libraries judge deliveries: a JSON array in, the verdicts out, in the same order.

import * as standardwebhooks from "standardwebhooks";
import * as svix from "svix";

const libraries = { standardwebhooks, svix };
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);

function judge({ library, secret, body, headers }) {
  const { Webhook, WebhookVerificationError } = libraries[library];
  try {
    new Webhook(secret).verify(Buffer.from(body, "base64"), headers);
    return "verified";
  } catch (error) {
    return error instanceof WebhookVerificationError ? "refused" : String(error);
  }
}

console.log(JSON.stringify(JSON.parse(Buffer.concat(chunks)).map(judge)));
