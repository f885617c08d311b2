// The client: operations on runs and the account.

import { Batches } from "./batches.js";
import { DeadlineError, InvalidAnswerError } from "./errors.js";
import { eventsOf } from "./events.js";
import { READ_MS, exchange, jsonOf, retryAfter, type Call, type Policy, type Retry } from "./exchange.js";
import { LIST_FILTERS, TIMES, bodyOf, encode, filtersOf, present, queryOf } from "./inputs.js";
import { enrichMany, type ManyOptions, type Outcome } from "./many.js";
import type {
  Attempt,
  CreditBalance,
  Delivery,
  DeliveryFilters,
  EmailFound,
  Endpoint,
  Feedback,
  FeedbackOutcome,
  JobLine,
  ListFilters,
  Lookup,
  Options,
  PhoneFound,
  Provider,
  RunData,
  RunFilters,
  Submission,
  Usage,
} from "./models.js";
import { Pace } from "./pace.js";
import type { RunPlan, Simulation } from "./plans.js";
import { Run } from "./run.js";
import { Transport, sleep } from "./transport.js";

/** Milliseconds for which the server is asked to hold a request until a run ends. */
const HOLD_MS = 30_000;
/** Between polls, where the server neither holds requests nor says when to come back. */
const POLL_MS = 2_000;
const RUN_TIMEOUT_MS = 600_000;
const JSON_HEADERS = { "content-type": "application/json" };
const RUN_FILTERS = ["status", "resultStatus", ...LIST_FILTERS];
const DELIVERY_FILTERS = ["runId", "jobId", "endpointId", "state", "event", ...TIMES];

/** Settings of a client. */
export interface Settings {
  /** Of leadrun; LEADRUN_API_KEY when absent. */
  apiKey?: string | undefined;
  /** Of the server; LEADRUN_URL when absent, or this machine's. */
  baseUrl?: string | undefined;
  /** For a request that waits for nothing, its repetitions included; 60 000 when absent. */
  timeoutMs?: number | undefined;
  /** Repetitions after a lost connection or an error of the server; 4 when absent. */
  maxRetries?: number | undefined;
  /** False for services that do not honour `Idempotency-Key`: a submission whose answer was lost is not sent again. */
  idempotent?: boolean | undefined;
  /** Called before each repetition; it gets no personal data. */
  onRetry?: ((retry: Retry) => void) | undefined;
  /** Your own, with proxies or certificates. */
  fetch?: typeof fetch | undefined;
}

/** How long to wait; an abort ends the waiting, never what the server does. */
export interface Waiting {
  /** Until the deadline; `Infinity` for none. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** How to submit one contact. */
export interface Submitting {
  /** Instead of a random one; the same key never submits twice within 24 hours. */
  idempotencyKey?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** Options of a verification. */
export type Verifying = Omit<Options, "enrichmentType" | "waterfall"> & Pick<Submission, "metadata">;

/** A client of leadrun. */
export class Leadrun {
  readonly batches: Batches;
  /** @internal */
  readonly policy: Policy;
  readonly #transport: Transport;
  readonly #timeoutMs: number;

  /**
   * Prepare a client; nothing is sent yet.
   *
   * @throws ConfigurationError: there is no key, or the URL is none.
   */
  constructor(settings: Settings = {}) {
    this.#transport = new Transport(settings.apiKey, settings.baseUrl, settings.fetch);
    this.#timeoutMs = settings.timeoutMs ?? 60_000;
    this.policy = {
      maxRetries: settings.maxRetries ?? 4,
      idempotent: settings.idempotent ?? true,
      onRetry: settings.onRetry,
      pace: new Pace(),
      send: (call, signal) => this.#transport.send(call, signal),
      now: () => performance.now(),
      sleep,
      random: Math.random,
    };
    this.batches = new Batches(this);
  }

  /**
   * Look up one contact: submit it, wait for the end, and return the finished run.
   *
   * @throws DeadlineError: `timeoutMs` (600 000) have passed; `runId` goes on at the server.
   * @throws ApiError: the request is refused; nothing is charged.
   * @throws NoAnswerError: no answer came.
   */
  async enrich(contact: Submission, options: Submitting & Waiting = {}): Promise<Run> {
    const deadline = this.deadline(options.timeoutMs ?? RUN_TIMEOUT_MS);
    const key = options.idempotencyKey ?? crypto.randomUUID();
    return this.#finished(bodyOf(contact), key, deadline, options.signal);
  }

  /**
   * Verify an address that is known, and return the finished run; `result.validation` has the verdict.
   *
   * @throws NotFoundError: the server is too old to verify addresses.
   */
  async verifyEmail(email: string, options: Submitting & Waiting & Verifying = {}): Promise<Run> {
    const { timeoutMs, signal, idempotencyKey, ...given } = options;
    const key = idempotencyKey ?? crypto.randomUUID();
    const body = present({ ...given, email });
    return this.#finished(body, key, this.deadline(timeoutMs ?? RUN_TIMEOUT_MS), signal, "/verify-email");
  }

  async #finished(body: object, key: string, deadline: number, signal?: AbortSignal, path?: string): Promise<Run> {
    const run = await this.submitBody(body, key, deadline, this.#hold(deadline), signal, this.policy, path);
    return run.ended ? run : this.waitUntil(run.runId, deadline, signal);
  }

  /** Submit one contact and return its run at once; `run.wait()` waits for the end. */
  submit(contact: Submission, options: Submitting = {}): Promise<Run> {
    const key = options.idempotencyKey ?? crypto.randomUUID();
    return attempt(() => this.submitBody(bodyOf(contact), key, this.deadline(), 0, options.signal));
  }

  /** @internal */
  async submitBody(
    body: object,
    key: string,
    deadline: number,
    hold: number,
    signal?: AbortSignal,
    policy = this.policy,
    path = "/enrich",
  ): Promise<Run> {
    const call: Call = {
      method: "POST",
      path,
      body: encode(body),
      headers: {
        ...JSON_HEADERS,
        "idempotency-key": key,
        ...(hold && { prefer: `wait=${hold}` }),
      },
      submits: true,
      ms: hold * 1000 + READ_MS,
    };
    return this.#runOf(jsonOf(await exchange(call, policy, deadline, signal)));
  }

  /**
   * Look up many contacts at the rate limit, and give each outcome as soon as its run has ended.
   *
   * Each contact has an idempotency key made of its place and content, so that none is submitted twice, whatever
   * happens to connections. With `resume` a program that was killed gives the same list again and goes on.
   *
   * @throws ApiError: an error that would meet every contact, such as too few credits; the outcomes of what was
   *   submitted come first.
   * @throws ResumeFileError: the file is something else, damaged or in use.
   */
  enrichMany<C extends Submission>(
    contacts: Iterable<C> | AsyncIterable<C>,
    options: ManyOptions = {},
  ): AsyncGenerator<Outcome<C>> {
    return enrichMany(this, contacts, options);
  }

  /** @internal */
  known(data: RunData): Run {
    return this.#runOf(data);
  }

  /** Read a run as it stands. */
  async getRun(runId: string): Promise<Run> {
    return this.#runOf(await this.call({ method: "GET", path: pathOf(runId) }));
  }

  /**
   * Wait for the end of a run, and return it.
   *
   * @throws DeadlineError: `timeoutMs` (600 000) have passed; the run goes on.
   */
  wait(runId: string, options: Waiting = {}): Promise<Run> {
    return this.waitUntil(runId, this.deadline(options.timeoutMs ?? RUN_TIMEOUT_MS), options.signal);
  }

  /** @internal */
  async waitUntil(runId: string, deadline: number, signal?: AbortSignal, policy = this.policy): Promise<Run> {
    for (;;) {
      const hold = this.#hold(deadline);
      const query = { wait: String(hold) };
      const call = { method: "GET", path: pathOf(runId), query, ms: hold * 1000 + READ_MS };
      const reply = await exchange(call, policy, deadline, signal);
      const run = this.#runOf(jsonOf(reply));
      if (run.ended) return run;
      // A server that held the request is asked again at once; one that knows no `wait`, when it says.
      const held = hold > 0 && reply.ms >= hold * 500;
      const pause = held ? 0 : retryAfter(reply.headers) || POLL_MS;
      if (policy.now() + pause >= deadline)
        throw new DeadlineError(`The run ${runId} has not ended in time; it goes on.`, runId);
      if (pause) await policy.sleep(pause, signal);
    }
  }

  /**
   * Stop a run before its next provider call; the credits come back if none was made yet.
   *
   * @throws AlreadyEndedError: it has ended.
   */
  async cancel(runId: string): Promise<Run> {
    return this.#runOf(await this.call({ method: "POST", path: `${pathOf(runId)}/cancel` }));
  }

  /** Read the cascade of a run: each provider in order, with outcome, latency and cost. */
  async attempts(runId: string): Promise<Attempt[]> {
    return this.#list(`${pathOf(runId)}/attempts`);
  }

  /** Read why the providers of a run were asked in this order, with those that were not reached. */
  plan(runId: string): Promise<RunPlan> {
    return this.call({ method: "GET", path: `/runs/${encodeURIComponent(runId)}/plan` });
  }

  /** Follow a run live: attempts as they happen, and the run as it changes, up to its end. */
  events(runId: string, options: { signal?: AbortSignal | undefined } = {}): AsyncGenerator<Attempt | Run> {
    return eventsOf(this.#transport, this.policy, runId, (data) => this.#runOf(data), options.signal);
  }

  /**
   * Report what became of the values of a run, or of that of one field; what bounced is never served again.
   *
   * A repetition changes nothing.
   */
  feedback(runId: string, outcome: FeedbackOutcome, field?: "email" | "phone"): Promise<Feedback> {
    const path = `/runs/${encodeURIComponent(runId)}/feedback`;
    return this.call({ method: "POST", path, body: encode({ outcome, field }), headers: JSON_HEADERS });
  }

  /** Look up one e-mail address and wait for it (LeadSonar). */
  async findEmail(lookup: Lookup, options: Waiting = {}): Promise<EmailFound> {
    const body = await this.#find<EmailFound>("/find-email", lookup, options);
    if (!("runId" in body)) return body;
    const found = body.result;
    return {
      email: found?.email ?? null,
      confidence: (found?.confidence ?? 0) / 100,
      verified: found?.validation?.status === "valid",
      provider: found?.provider ?? null,
      ...shared(body),
    };
  }

  /** Look up one phone number and wait for it (LeadSonar). */
  async findPhone(lookup: Lookup, options: Waiting = {}): Promise<PhoneFound> {
    const body = await this.#find<PhoneFound>("/find-phone", lookup, options);
    if (!("runId" in body)) return body;
    const found = body.result;
    return {
      phone: found?.phone ?? null,
      phone_type: found?.phoneType ?? null,
      phone_extension: found?.phoneExtension ?? null,
      validated: found?.phoneValidated ?? false,
      provider: found?.phoneProvider ?? null,
      ...shared(body),
    };
  }

  /** Look up; returns the answer, or the finished run where the server answered before its end. */
  async #find<T extends object>(path: string, lookup: Lookup, options: Waiting): Promise<T | Run> {
    const deadline = this.deadline(options.timeoutMs ?? RUN_TIMEOUT_MS);
    const given = Object.entries(present(lookup)).map(([name, value]) => [snake(name), value]);
    const call: Call = {
      method: "POST",
      path,
      body: encode(Object.fromEntries(given)),
      headers: { ...JSON_HEADERS, "idempotency-key": crypto.randomUUID() },
      submits: true,
      ms: HOLD_MS + READ_MS,
    };
    const body = await this.call<T | RunData>(call, deadline, options.signal);
    return "runId" in body ? this.waitUntil(body.runId, deadline, options.signal) : body;
  }

  /** Read the account's credits. */
  credits(): Promise<CreditBalance> {
    return this.call({ method: "GET", path: "/credits" });
  }

  /** List the providers that the key reaches. */
  providers(): Promise<Provider[]> {
    return this.#list("/providers");
  }

  /** Read runs, results, credits and the providers' charges; of the last 30 days by day, when nothing is said. */
  usage(options: { since?: string | Date; until?: string | Date; by?: Usage["by"] } = {}): Promise<Usage> {
    return this.call({ method: "GET", path: "/usage", query: queryOf(options) });
  }

  /**
   * Ask what the look-ups of the last `days` (30) would have come to under another waterfall; nothing is charged.
   *
   * @param waterfall Its name, or its rules such as `{ strategy: "fixed", providers: ["hunter"] }`.
   */
  simulate(waterfall: string | object, options: { days?: number; signal?: AbortSignal } = {}): Promise<Simulation> {
    const body = encode({ [typeof waterfall === "string" ? "waterfall" : "definition"]: waterfall, days: options.days });
    const call = { method: "POST", path: "/simulations", body, headers: JSON_HEADERS, submits: true };
    return this.call(call, this.deadline(), options.signal);
  }

  /** Iterate over runs, newest first. */
  async *runs(filters: RunFilters = {}, options: { pageSize?: number } = {}): AsyncGenerator<Run> {
    const query = filtersOf(filters, RUN_FILTERS, options.pageSize);
    for await (const one of this.pages<RunData>("/runs", query)) yield this.#runOf(one);
  }

  /** Iterate over jobs, which are lists of up to 100 contacts in one request (LeadSonar), newest first. */
  async *jobs(filters: ListFilters = {}, options: { pageSize?: number } = {}): AsyncGenerator<JobLine> {
    yield* this.pages<JobLine>("/jobs", filtersOf(filters, LIST_FILTERS, options.pageSize));
  }

  /** List the URLs that get events of the account. */
  endpoints(): Promise<Endpoint[]> {
    return this.#list("/webhooks/endpoints");
  }

  /** Iterate over the deliveries of webhooks, newest first. */
  async *deliveries(filters: DeliveryFilters = {}, options: { pageSize?: number } = {}): AsyncGenerator<Delivery> {
    const query = filtersOf(filters, DELIVERY_FILTERS, options.pageSize);
    yield* this.pages<Delivery>("/webhooks/deliveries", query);
  }

  /** Send a delivery again; the receiver gets the same `webhook-id`. */
  redeliver(deliveryId: string): Promise<Delivery> {
    const path = `/webhooks/deliveries/${encodeURIComponent(deliveryId)}/redeliver`;
    return this.call({ method: "POST", path, repeatable: false });
  }

  /** @internal Send a request and read the JSON of its answer. */
  async call<T>(call: Call, deadline = this.deadline(), signal?: AbortSignal): Promise<T> {
    return jsonOf<T>(await exchange(call, this.policy, deadline, signal));
  }

  /** Read a collection that has no pages. */
  async #list<T>(path: string): Promise<T[]> {
    return (await this.call<Record<string, T[]>>({ method: "GET", path }))[collectionOf(path)] ?? [];
  }

  /** @internal Iterate over a collection, page by page. */
  async *pages<T>(path: string, query: Record<string, string>): AsyncGenerator<T> {
    for (let cursor: string | null | undefined = ""; cursor != null; ) {
      const page: { nextCursor?: string | null; next_cursor?: string | null } & Record<string, unknown> =
        await this.call({ method: "GET", path, query: cursor ? { ...query, cursor } : query });
      yield* (page[collectionOf(path)] ?? []) as T[];
      cursor = page.nextCursor ?? page.next_cursor;
    }
  }

  /** @internal Return when so many milliseconds from now have passed. */
  deadline(ms = this.#timeoutMs): number {
    return this.policy.now() + ms;
  }

  #hold(deadline: number): number {
    return Math.floor(Math.max(0, Math.min(HOLD_MS, deadline - this.policy.now())) / 1000);
  }

  #runOf(data: RunData): Run {
    if (!data.runId)
      throw new InvalidAnswerError(`The answer is no run: it has ${Object.keys(data).join(", ") || "no members"}.`);
    return new Run(this, data);
  }
}

function pathOf(runId: string): string {
  return `/enrich/${encodeURIComponent(runId)}`;
}

/** The member of an answer that has the collection at a path. */
function collectionOf(path: string): string {
  return path.split("/").pop() ?? "";
}

/** Reject where a function throws. */
async function attempt<T>(make: () => Promise<T>): Promise<T> {
  return make();
}

function snake(name: string): string {
  return name.replace("linkedIn", "linkedin").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function shared(run: Run) {
  return { cost_credits: run.creditsUsed ?? 0, ...(run.error && { error: run.error }) };
}
