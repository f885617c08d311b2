// Look up many contacts: a JSON object a line comes in, the same lines with their runs go out, in the same order.
//
// Submits as fast as the rate limit allows, and writes each result as soon as it and those before it are there. A
// contact that is answered 429 is submitted again after Retry-After seconds, so none is lost. After an interruption run
// it again: contacts that have been looked up are answered from the cache, free. The package @leadrun/client does the
// same in one call, and survives lost connections; see docs/clients.md.

import { createInterface } from "node:readline";

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

const unreachable = (error: Error & { cause?: Error }) =>
  fail(`No leadrun answers at ${url} (${error.cause?.message || error.message}); start one with \`make up\`, or set LEADRUN_URL.`);

const url = process.env.LEADRUN_URL ?? "http://127.0.0.1:8000";
const key = process.env.LEADRUN_KEY || fail("Set LEADRUN_KEY to one of the keys that `make up` prints.");
const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };

type Run = { runId?: string; status: string; [member: string]: unknown };

// Calls the API, and calls it again when it asks for patience.
async function call(path: string, init: RequestInit = {}): Promise<Response> {
  for (;;) {
    const answer = await fetch(url + path, { ...init, headers }).catch(unreachable);
    if (answer.status !== 429 && answer.status !== 503) return answer;
    const seconds = Number(answer.headers.get("Retry-After") ?? 5);
    await answer.body?.cancel();
    console.error(`waiting ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
}

// Submits one contact; one that cannot be looked up does not stop the others.
async function submit(contact: unknown): Promise<Run> {
  const answer = await call("/api/v1/enrich", { method: "POST", body: JSON.stringify(contact) });
  const body = await answer.json();
  if (answer.status === 400) return { status: "refused", error: body.error };
  return answer.ok ? body : fail(`${answer.status}: ${body.error}`);
}

// Waits until a run has ended; the API holds each request up to 30 seconds.
async function finish(run: Run): Promise<Run> {
  while (run.status === "pending" || run.status === "processing") {
    const answer = await call(`/api/v1/enrich/${run.runId}?wait=30`);
    const body = await answer.json();
    run = answer.ok ? body : fail(`${answer.status}: ${body.error}`);
  }
  return run;
}

// Reads one line; a wrong one ends the script before anything is submitted.
function parse(line: string, number: number): unknown {
  try {
    const contact = JSON.parse(line);
    if (typeof contact === "object" && contact && !Array.isArray(contact)) return contact;
  } catch (error) {
    fail(`Line ${number} is no JSON: ${(error as Error).message}`);
  }
  return fail(`Line ${number} is no JSON object.`);
}

const contacts: unknown[] = [];
let number = 0;
for await (const line of createInterface({ input: process.stdin })) {
  number += 1;
  if (line.trim()) contacts.push(parse(line, number));
}
let written: Promise<void> = Promise.resolve();
for (const contact of contacts) {
  const run = await submit(contact);
  written = written.then(async () => console.log(JSON.stringify({ contact, run: await finish(run) })));
}
await written;
