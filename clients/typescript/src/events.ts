// Reads the event stream of a run (server-sent events), and goes on after the last event where the connection broke.

import { backoff, judged, type Call, type Policy } from "./exchange.js";
import type { Attempt, RunData } from "./models.js";
import type { Transport } from "./transport.js";

// The server writes a line at least every 15 seconds.
const QUIET_MS = 60_000;

/**
 * Give the events of a run up to its end: attempts, and the run as it changes.
 *
 * @throws ApiError: the answer is an error that will not change.
 * @throws NoAnswerError: there were too many failures without an event between them.
 */
export async function* eventsOf<R extends RunData & { ended: boolean }>(
  transport: Transport,
  policy: Policy,
  runId: string,
  runOf: (data: RunData) => R,
  signal?: AbortSignal,
): AsyncGenerator<Attempt | R> {
  let last = "";
  let failures = 0;
  for (;;) {
    const call: Call = {
      method: "GET",
      path: `/enrich/${encodeURIComponent(runId)}/events`,
      headers: { accept: "text/event-stream", ...(last && { "last-event-id": last }) },
      ms: QUIET_MS,
    };
    const lines = transport.lines(call, signal);
    let [id, kind, data] = ["", "", ""];
    let next = await lines.next();
    try {
      for (; !next.done; next = await lines.next()) {
        const [name = "", value = ""] = next.value.split(/: ?(.*)/s);
        if (name === "id") id = value;
        else if (name === "event") kind = value;
        else if (name === "data") data += value;
        if (next.value || !data) continue;
        const [given, text] = [kind, data];
        [kind, data] = ["", ""];
        // After `error`, which a revoked key gets, the next connection gets the whole answer.
        if (given !== "attempt" && given !== "run") continue;
        [last, failures] = [id, 0];
        const body = JSON.parse(text);
        const event = given === "run" ? runOf(body) : body;
        yield event;
        if (given === "run" && event.ended) return;
      }
    } finally {
      // Also where the caller looks no further.
      await lines.return({ reason: "read no further", sent: true });
    }
    const answer = next.value;
    // The client has seen the end.
    if ("status" in answer && answer.status === 204) return;
    failures += 1;
    const [error, wait] = judged(call, answer);
    const fatal = "status" in answer && wait === undefined && answer.status < 500;
    if (fatal || failures > policy.maxRetries) throw error;
    await policy.sleep(wait ?? backoff(failures, policy), signal);
  }
}
