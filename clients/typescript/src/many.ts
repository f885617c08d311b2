// Enriches many contacts at once: the key of each, what is known of it already, and which errors end the list.

import type { Leadrun } from "./client.js";
import { ConfigurationError, InvalidContactError, InvalidRequestError, LeadrunError, NotFoundError } from "./errors.js";
import { bodyOf, keyOf } from "./inputs.js";
import { Journal } from "./journal.js";
import type { Options } from "./models.js";
import type { Run } from "./run.js";

const MAX_CONCURRENCY = 500;
// A list outlives a restart of the server: with pauses of 8 seconds at most this is about two minutes.
const PATIENT_RETRIES = 18;

/** Options of a list. */
export interface ManyOptions extends Options {
  /** Runs under way at once; 20 when absent. */
  concurrency?: number | undefined;
  /** The path of a file that keeps what became of each contact; it need not exist. */
  resume?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** What became of one contact: its finished run, or the error why there is none. */
export type Outcome<C> = {
  /** The contact's place in the input, from 0. */
  index: number;
  contact: C;
} & ({ run: Run; error?: undefined } | { run?: undefined; error: LeadrunError });

/** Give the outcome of each contact as it ends. */
export async function* enrichMany<C extends object>(
  client: Leadrun,
  contacts: Iterable<C> | AsyncIterable<C>,
  { concurrency = 20, resume, signal, ...options }: ManyOptions,
): AsyncGenerator<Outcome<C>> {
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MAX_CONCURRENCY)
    throw new ConfigurationError(`concurrency must be from 1 to ${MAX_CONCURRENCY}, not ${concurrency}.`);
  const journal = new Journal(Boolean(options.forceRefresh));
  if (resume) await journal.open(resume);
  const policy = { ...client.policy, maxRetries: Math.max(client.policy.maxRetries, PATIENT_RETRIES) };
  // One for each contact: Node 20 warns of a signal that many listen to.
  const stops = new Set<AbortController>();
  const stop = (reason?: unknown) => stops.forEach((one) => one.abort(reason));

  const source: Iterator<C> | AsyncIterator<C> =
    Symbol.asyncIterator in contacts ? contacts[Symbol.asyncIterator]() : contacts[Symbol.iterator]();
  const ended: Outcome<C>[] = [];
  let index = 0;
  let underWay = 0;
  let more = true;
  let pulling = false;
  let exhausted = false;
  let first: { error: unknown } | undefined;
  let wake = () => {};
  const fail = (error: unknown) => {
    first ??= { error };
    more = false;
    wake();
  };
  const end = () => {
    stop(signal?.reason);
    fail(signal?.reason);
  };
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted) end();

  async function run(place: number, contact: C, signal: AbortSignal): Promise<Run> {
    const body = bodyOf(contact, options);
    const key = await keyOf("enrichMany", journal.salt, place, body);
    const known = journal.known(key);
    if (known?.run) return client.known(known.run);
    let run: Run | undefined;
    if (known) {
      try {
        run = await client.waitUntil(known.runId, Infinity, signal, policy);
      } catch (error) {
        // It belongs to another key or server; the idempotency key decides.
        if (!(error instanceof NotFoundError)) throw error;
      }
    }
    run ??= await client.submitBody(body, key, Infinity, 0, signal, policy);
    if (!run.ended) {
      journal.note(key, run.runId);
      run = await client.waitUntil(run.runId, Infinity, signal, policy);
    }
    journal.note(key, run.runId, run.toJSON());
    return run;
  }

  async function one(place: number, contact: C): Promise<void> {
    const own = new AbortController();
    stops.add(own);
    try {
      ended.push({ index: place, contact, run: await run(place, contact, own.signal) });
    } catch (error) {
      // Any other error would meet all that follow.
      const single = [InvalidContactError, InvalidRequestError, NotFoundError].some((kind) => error instanceof kind);
      if (single) ended.push({ index: place, contact, error: error as LeadrunError });
      else fail(error);
    } finally {
      stops.delete(own);
      underWay -= 1;
      wake();
    }
  }

  async function pull(): Promise<void> {
    pulling = true;
    try {
      const next = await source.next();
      if (next.done) {
        exhausted = true;
        more = false;
      } else if (more) {
        underWay += 1;
        void one(index++, next.value);
      }
    } catch (error) {
      fail(error);
    } finally {
      pulling = false;
      wake();
    }
  }

  try {
    for (;;) {
      const outcome = ended.shift();
      if (outcome) yield outcome;
      if (more && !pulling && underWay < concurrency) void pull();
      if (ended.length) continue;
      if (!underWay && !more && (!pulling || first)) break;
      await new Promise<void>((resolve) => (wake = resolve));
    }
    if (first) throw first.error;
  } finally {
    // Also for a contact that the source gives only now.
    more = false;
    stop();
    signal?.removeEventListener("abort", end);
    if (!exhausted) void Promise.resolve(source.return?.()).catch(() => {});
    journal.close();
  }
}
