// Decides when to send a request again and when to give up.

import { ApiError, DeadlineError, InvalidAnswerError, NoAnswerError, errorOf, wordsOf } from "./errors.js";
import type { Pace } from "./pace.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8_000;
/** Milliseconds that a request may take beyond those for which the server is asked to hold it. */
export const READ_MS = 30_000;
// Answers after which the same request may succeed; the server accepted nothing, or the request may be repeated.
const AGAIN = [408, 425, 429, 500, 502, 503, 504];

/** A request to send. */
export interface Call {
  method: string;
  /** Below the base URL. */
  path: string;
  query?: Record<string, string>;
  body?: BodyInit;
  headers?: Record<string, string>;
  /** Whether sending it twice has the effect of sending it once; yes when absent. */
  repeatable?: boolean;
  /** Whether it takes a place of the key's rate limit for submissions. */
  submits?: boolean;
  /** Milliseconds for which the answer may be awaited. */
  ms?: number;
  /** Takes the body of a success, instead of memory. */
  save?: (body: ReadableStream<Uint8Array>) => Promise<void>;
}

/** An answer; `ms` is how long it took. */
export interface Reply {
  status: number;
  headers: Headers;
  body: Uint8Array;
  ms: number;
}

/** No answer came; `sent` unless the connection was never made. */
export interface Lost {
  reason: string;
  sent: boolean;
}

/** A request that is sent again, as the hook `onRetry` gets it; it holds no personal data. */
export interface Retry {
  /** Method and path. */
  request: string;
  /** Of the request that failed, from 1. */
  attempt: number;
  /** Until it is sent again. */
  pauseMs: number;
  /** The status of the answer, or why there was none. */
  reason: string;
  /** Of the answer. */
  requestId: string | undefined;
}

/** How patient a client is, and by which means. */
export interface Policy {
  /** Repetitions after lost connections and errors of the server. Answers that say when to come back are not counted. */
  maxRetries: number;
  /** Whether the server honours `Idempotency-Key`, so that a submission whose answer was lost may be sent again. */
  idempotent: boolean;
  onRetry?: ((retry: Retry) => void) | undefined;
  pace: Pace;
  send: (call: Call, signal?: AbortSignal) => Promise<Reply | Lost>;
  /** Milliseconds of a clock that never jumps. */
  now: () => number;
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  random: () => number;
}

/**
 * Send a request until it succeeds, or until the deadline by the policy's clock.
 *
 * @throws ApiError: the answer is an error that will not change, or would come too late.
 * @throws NoAnswerError: no answer came, and none is to be expected or the request must not be repeated.
 */
export async function exchange(call: Call, policy: Policy, deadline: number, signal?: AbortSignal): Promise<Reply> {
  for (let attempt = 1, failures = 0; ; attempt += 1) {
    if (call.submits) await turn(policy, deadline, signal);
    let answer: Reply | Lost | undefined;
    try {
      answer = await policy.send(call, signal);
    } finally {
      if (call.submits) policy.pace.note(answer && "status" in answer ? answer.headers.get("ratelimit") : "", policy.now());
    }
    if ("status" in answer && answer.status >= 200 && answer.status < 300) return answer;
    const [error, said] = judged(call, answer);
    if (said === undefined) failures += 1;
    if (!mayRepeat(call, answer, policy) || failures > policy.maxRetries) throw error;
    const pauseMs = said ?? backoff(failures, policy);
    if (policy.now() + pauseMs > deadline) throw error;
    policy.onRetry?.({
      request: nameOf(call),
      attempt,
      pauseMs,
      reason: "status" in answer ? String(answer.status) : answer.reason,
      requestId: "status" in answer ? (answer.headers.get("x-request-id") ?? undefined) : undefined,
    });
    await policy.sleep(pauseMs, signal);
  }
}

/** Wait for a place of the rate limit. */
async function turn(policy: Policy, deadline: number, signal?: AbortSignal): Promise<void> {
  for (let wait = policy.pace.take(policy.now()); wait > 0; wait = policy.pace.take(policy.now())) {
    if (policy.now() + wait > deadline)
      throw new DeadlineError(
        `The rate limit has no place before the deadline; the next is free in ${Math.ceil(wait / 1000)} s.`,
      );
    await policy.sleep(wait, signal);
  }
}

/** Method and path: parameters may hold personal data. */
function nameOf(call: Call): string {
  return `${call.method} ${call.path}`;
}

/** Return the error of an answer, and the milliseconds that it says to wait. */
export function judged(call: Call, answer: Reply | Lost): [ApiError | NoAnswerError, number | undefined] {
  if (!("status" in answer)) return [new NoAnswerError(`${nameOf(call)}: ${answer.reason}`, answer.sent), undefined];
  if (answer.status < 400) {
    // Browsers hide where to, and even the status.
    const where = answer.headers.get("location") ?? "somewhere else";
    return [new NoAnswerError(`${nameOf(call)} is redirected to ${where}; set the base URL to that.`, true), undefined];
  }
  const wait = retryAfter(answer.headers);
  const error = errorOf(answer.status, textOf(answer), answer.headers.get("x-request-id") ?? undefined, wait);
  return [error, [409, 429, 503].includes(answer.status) ? wait : undefined];
}

/** Return whether a request may be sent again after this answer. */
function mayRepeat(call: Call, answer: Reply | Lost, policy: Policy): boolean {
  const may = call.repeatable !== false && (policy.idempotent || !call.submits);
  if (!("status" in answer)) return may || !answer.sent;
  if (answer.status === 409) return may && textOf(answer).includes("idempotency-in-flight");
  // Nothing was accepted, unless the server does not know; then only the key makes a repetition safe.
  if (answer.status === 429 || answer.status === 503) return may || !textOf(answer).includes("outcome-unknown");
  return may && AGAIN.includes(answer.status);
}

/** Return the pause after so many failures: exponential, half of it by chance. */
export function backoff(failures: number, policy: Policy): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1)) * (0.5 + policy.random() / 2);
}

/** Read `Retry-After` as milliseconds: seconds or a date (RFC 9110, section 10.2.3). */
export function retryAfter(headers: Headers): number | undefined {
  const text = (headers.get("retry-after") ?? "").trim();
  if (/^\d+$/.test(text)) return Number(text.slice(0, 9)) * 1000;
  const at = /^[A-Z][a-z]+, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function textOf(reply: Reply): string {
  return new TextDecoder().decode(reply.body);
}

/**
 * Read the JSON object of an answer.
 *
 * @throws InvalidAnswerError: it is none, as when a proxy answers with a page of its own.
 */
export function jsonOf<T>(reply: Reply): T {
  const text = textOf(reply);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // Said below.
  }
  if (!body || typeof body !== "object" || Array.isArray(body))
    throw new InvalidAnswerError(`The answer (${reply.status}) is no JSON object: ${wordsOf(text, 80) || "it is empty"}`);
  return body as T;
}
