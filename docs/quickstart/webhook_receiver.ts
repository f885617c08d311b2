// Receive the events of runs that have ended, and make sure that they come from your leadrun.
//
// The signature is that of Standard Webhooks 1.0 (https://www.standardwebhooks.com): HMAC-SHA256 over id, timestamp and
// body. It is spelled out here; the packages `standardwebhooks` of npm and PyPI do the same, and so does
// `webhooks.unwrap` of the package @leadrun/client; see docs/clients.md.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

const unreachable = (error: Error & { cause?: Error }) =>
  fail(`No leadrun answers at ${url} (${error.cause?.message || error.message}); start one with \`make up\`, or set LEADRUN_URL.`);

const url = process.env.LEADRUN_URL ?? "http://127.0.0.1:8000";
const key = process.env.LEADRUN_KEY || fail("Set LEADRUN_KEY to one of the keys that `make up` prints.");
const TOLERANCE = 300; // seconds that a timestamp may be off, against replays

const LARGEST = 1024 * 1024;
// Names and results in the events; each type of event has some of them.
const MEMBERS = ["type", "runId", "id", "job_id", "index", "endpointId", "resultStatus"];

const headers = { Authorization: `Bearer ${key}` };
const answer = await fetch(`${url}/api/v1/webhooks/secret`, { headers }).catch(unreachable);
const settings = await answer.json();
if (!answer.ok) fail(`${answer.status}: ${settings.error}`);
const secret = Buffer.from(settings.secret.slice("whsec_".length), "base64");
const seen = new Set<string>();

// Checks a signature; during a rotation the header holds several, separated by spaces.
function isGenuine(name: string, timestamp: string, signatures: string, body: Buffer): boolean {
  if (!/^\d+$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE) return false;
  const digest = createHmac("sha256", secret).update(`${name}.${timestamp}.`).update(body).digest("base64");
  const expected = Buffer.from(`v1,${digest}`);
  return signatures.split(" ").some((one) => {
    const given = Buffer.from(one);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

// Any 2xx means that the event arrived, anything else makes it try again.
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > LARGEST) return void response.writeHead(413).end();
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const header = (name: string) => String(request.headers[name] ?? "");
  const name = header("webhook-id");
  const genuine = isGenuine(name, header("webhook-timestamp"), header("webhook-signature"), body);
  response.writeHead(genuine ? 204 : 401).end();
  if (!genuine || seen.has(name)) return; // a retry has the same id as the first try
  seen.add(name);
  const event = JSON.parse(body.toString());
  console.log(MEMBERS.filter((member) => member in event).map((member) => event[member]).join(" "));
});
server.listen(Number(process.env.PORT ?? 8765), "127.0.0.1", () => {
  console.log(`webhookUrl: http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
