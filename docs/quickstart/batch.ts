// Look up many contacts: a JSON object a line comes in, the same lines with their runs go out, in the same order.
//
// Submits as fast as the rate limit allows. A contact that is told to wait (429) is submitted again after Retry-After
// seconds, so none is lost. After an interruption run it again: what has been looked up is answered from the cache, free.

import { createInterface } from "node:readline";

const url = process.env.LEADRUN_URL ?? "http://127.0.0.1:8000";
const key = process.env.LEADRUN_KEY;
if (!key) throw new Error("Set LEADRUN_KEY to one of the keys that `make up` prints.");
const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };

type Run = { runId?: string; status: string; [member: string]: unknown };

// Calls the API, and calls it again when it asks for patience.
async function call(path: string, init: RequestInit = {}): Promise<Response> {
  for (;;) {
    const answer = await fetch(url + path, { ...init, headers });
    if (answer.status !== 429 && answer.status !== 503) return answer;
    const seconds = Number(answer.headers.get("Retry-After"));
    await answer.body?.cancel();
    console.error(`waiting ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
}

// Submits one contact; one that cannot be looked up is told apart from reasons to stop.
async function submit(contact: unknown): Promise<Run> {
  const answer = await call("/api/v1/enrich", { method: "POST", body: JSON.stringify(contact) });
  const body = await answer.json();
  if (answer.status === 400) return { status: "refused", error: body.error };
  if (!answer.ok) throw new Error(`${answer.status}: ${body.error}`);
  return body;
}

// Waits until a run has ended; the API holds each request up to 30 seconds.
async function finish(run: Run): Promise<Run> {
  while (run.status === "pending" || run.status === "processing") {
    const answer = await call(`/api/v1/enrich/${run.runId}?wait=30`);
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    run = await answer.json();
  }
  return run;
}

const contacts: unknown[] = [];
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim()) contacts.push(JSON.parse(line));
}
const runs: Run[] = [];
for (const contact of contacts) runs.push(await submit(contact));
for (const [place, contact] of contacts.entries()) {
  console.log(JSON.stringify({ contact, run: await finish(runs[place]) }));
}
