// Webhooks: verifies that an event is genuine, and gives it a type.

import { WebhookSignatureError } from "./errors.js";
import type { BatchData, ContactData, EndpointNotice, JobData, RunData } from "./models.js";

/** An event; `id` is the same on every retry: keep it to notice events that come twice. */
export interface WebhookEvent {
  /** Such as `enrichment.completed`, `job.completed` or `batch.completed`. */
  type: string;
  id: string;
  /** Of `enrichment.completed`, `.failed` and `.cancelled`. */
  run?: RunData;
  /** Of `batch.completed`. */
  batch?: BatchData;
  /** Of `job.completed`. */
  job?: JobData;
  /** Of `contact.completed`. */
  contact?: ContactData;
  /** Of `endpoint.disabled`, and of `webhook.ping`, which a test sends. */
  endpoint?: EndpointNotice;
  /** The whole event. */
  data: Record<string, unknown>;
}

/** The headers of a request, as `fetch` or Node has them. */
export type IncomingHeaders = Headers | Record<string, string | string[] | undefined>;

const refuse = (sentence: string): never => {
  throw new WebhookSignatureError(sentence);
};

/**
 * Verify an event and read it.
 *
 * @param body The bytes that came, unchanged; JSON that was decoded and encoded again has another signature.
 * @param headers Of the request; the case of their names does not matter.
 * @param secret `whsec_…`, or several while one replaces the other.
 * @param options `toleranceSeconds` that the event's time may differ from ours (300); `now` in seconds since 1970.
 * @throws WebhookSignatureError: it is not genuine, not whole or too old; answer 401.
 */
export async function unwrap(
  body: string | Uint8Array | ArrayBuffer,
  headers: IncomingHeaders,
  secret: string | string[],
  options: { toleranceSeconds?: number; now?: number } = {},
): Promise<WebhookEvent> {
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers);
  const given = new Map(entries.map(([name, value]) => [name.toLowerCase(), String(value ?? "")]));
  const encoder = new TextEncoder();
  const content = typeof body === "string" ? encoder.encode(body) : new Uint8Array(body);
  const id = given.get("webhook-id") ?? "";
  const timestamp = given.get("webhook-timestamp") ?? "";
  if (!id || !/^\d+$/.test(timestamp)) refuse("The headers webhook-id and webhook-timestamp are missing or malformed.");
  const age = Math.abs((options.now ?? Date.now() / 1000) - Number(timestamp.slice(0, 12)));
  if (age > (options.toleranceSeconds ?? 300))
    refuse(`The event's time differs from ours by ${Math.round(age)} s; is a clock wrong?`);
  const head = encoder.encode(`${id}.${timestamp}.`);
  const signed = new Uint8Array(head.length + content.length);
  signed.set(head);
  signed.set(content, head.length);
  const sent = (given.get("webhook-signature") ?? "").split(/\s+/).filter((one) => one.startsWith("v1,"));
  let genuine = false;
  for (const one of typeof secret === "string" ? [secret] : secret) {
    const bytes = decode(one.trim().replace(/^whsec_/, ""));
    if (!bytes?.length) refuse("The secret must be whsec_ and base64; copy it again, whole.");
    const key = await crypto.subtle.importKey("raw", bytes as BufferSource, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
    for (const signature of sent) {
      const theirs = decode(signature.slice(3));
      // It compares in constant time.
      if (theirs && (await crypto.subtle.verify("HMAC", key, theirs as BufferSource, signed))) genuine = true;
    }
  }
  if (!genuine) refuse("The signature does not match: another secret, or the body was changed on its way.");
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder().decode(content));
  } catch {
    // Said below.
  }
  const event = data as Record<string, unknown> | undefined;
  if (typeof event?.type !== "string") return refuse("The body is no event.");
  // What it is about; types that are not known yet must not take the place of other members.
  const about = event.type.replace("enrichment", "run").replace("webhook", "endpoint");
  const name = /^(run|batch|job|contact|endpoint)\./.exec(about)?.[1];
  return {
    type: event.type,
    id,
    ...(name && { [name]: event }),
    data: event,
  };
}

function decode(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}
