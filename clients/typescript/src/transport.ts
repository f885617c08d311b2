// Sends requests with fetch; nothing is decided here.

import { READ_MS, type Call, type Lost, type Reply } from "./exchange.js";
import { ConfigurationError, LeadrunError } from "./errors.js";
import { VERSION } from "./version.js";

const BASE = "/api/v1";
const DEFAULT_URL = "http://127.0.0.1:8000";
// As Node, Bun and Deno say that no connection was made, so that the server has seen nothing.
const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused|FailedToOpenSocket)$/;

interface System {
  process?: { env?: Record<string, string | undefined>; versions?: Record<string, string | undefined> };
}

function environment(name: string): string {
  return (globalThis as System).process?.env?.[name] ?? "";
}

function agent(): string {
  const versions = (globalThis as System).process?.versions ?? {};
  const runtime = ["bun", "deno", "node"].find((name) => versions[name]);
  return `leadrun-client-js/${VERSION}${runtime ? ` ${runtime}/${versions[runtime]}` : ""}`;
}

/** Where requests go, with which key, and by whose `fetch`. */
export class Transport {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #fetch: typeof fetch;

  constructor(apiKey: string | undefined, baseUrl: string | undefined, fetcher: typeof fetch | undefined) {
    const key = (apiKey || environment("LEADRUN_API_KEY") || environment("LEADRUN_KEY")).trim();
    if (!key) throw new ConfigurationError("There is no API key: give apiKey or set LEADRUN_API_KEY.");
    if (!/^[\x21-\x7e]+$/.test(key))
      throw new ConfigurationError("The API key holds characters that no key has; copy it again, whole.");
    this.#url = baseOf(baseUrl || environment("LEADRUN_URL") || DEFAULT_URL);
    // One published service reads the one header, one the other; leadrun reads both.
    this.#headers = {
      authorization: `Bearer ${key}`,
      "x-api-key": key,
      "user-agent": agent(),
      accept: "application/json",
    };
    // Browsers refuse to call a fetch that has lost its window.
    this.#fetch = fetcher ?? ((input, init) => fetch(input, init));
  }

  /** Send a request; an abort of the caller's is thrown, everything else that happens is the answer. */
  async send(call: Call, signal?: AbortSignal): Promise<Reply | Lost> {
    const begun = performance.now();
    const answer = this.#guarded(call, signal, async function* (response) {
      let body = new Uint8Array();
      if (call.save && response.status === 200 && response.body) await call.save(response.body);
      else body = new Uint8Array(await response.arrayBuffer());
      return { status: response.status, headers: response.headers, body, ms: performance.now() - begun };
    });
    return (await answer.next()).value as Reply | Lost;
  }

  /** Read a stream line by line; returns how it ended. Each part has `call.ms` to come. */
  lines(call: Call, signal?: AbortSignal): AsyncGenerator<string, Reply | Lost> {
    return this.#guarded(call, signal, async function* (response, begin, end) {
      if (response.status !== 200 || !response.body)
        return { status: response.status, headers: response.headers, body: new Uint8Array(await response.arrayBuffer()), ms: 0 };
      const decoder = new TextDecoder();
      const reader = response.body.getReader();
      let rest = "";
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        // Nobody hurries the reader of a line.
        end();
        const lines = (rest + decoder.decode(part.value, { stream: true })).split(/\r?\n/);
        rest = lines.pop() ?? "";
        yield* lines;
        begin();
      }
      return { reason: "the stream ended before the run", sent: true };
    });
  }

  /** Send a request and use its answer; whatever ends that, also the caller, closes the connection. */
  async *#guarded(
    call: Call,
    signal: AbortSignal | undefined,
    use: (response: Response, begin: () => void, end: () => void) => AsyncGenerator<string, Reply | Lost>,
  ): AsyncGenerator<string, Reply | Lost> {
    signal?.throwIfAborted();
    const ms = call.ms ?? READ_MS;
    const cut = new AbortController();
    const stop = () => cut.abort();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = () => clearTimeout(timer);
    const begin = () => void (timer = setTimeout(stop, ms));
    begin();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const query = new URLSearchParams(call.query).toString();
      const response = await this.#fetch(this.#url + call.path + (query && `?${query}`), {
        method: call.method,
        headers: { ...this.#headers, ...call.headers },
        redirect: "manual",
        signal: cut.signal,
        ...(call.body === undefined ? {} : { body: call.body }),
      });
      return yield* use(response, begin, end);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof LeadrunError) throw error;
      if (cut.signal.aborted) return { reason: `no answer within ${ms / 1000} s`, sent: true };
      return lost(error, this.#url);
    } finally {
      end();
      signal?.removeEventListener("abort", stop);
      stop();
    }
  }
}

/** Describe why there is no answer. */
function lost(error: unknown, url: string): Lost {
  const outer = error as { message?: string; code?: string; cause?: { message?: string; code?: string } };
  const code = String(outer?.cause?.code ?? outer?.code ?? "");
  const sentence = [outer?.message ?? String(error), code || outer?.cause?.message].filter(Boolean).join(": ");
  const sent = !NEVER_SENT.test(code) && !/\(Connect\)/.test(sentence);
  // Deno says the whole URL, whose parameters may hold personal data.
  const reason = sentence.replace(/(https?:\/\/[^\s?)]*)\?[^\s)]*/g, "$1");
  return { reason: sent ? reason : `${new URL(url).origin} cannot be reached (${reason})`, sent };
}

/**
 * Return the URL below which the operations are; `/api/v1` may be absent, or `/enrich` follow it.
 *
 * @throws ConfigurationError: it is not an http(s) URL.
 */
function baseOf(given: string): string {
  const stripped = given.trim().replace(/\/+$/, "").replace(/\/enrich$/, "");
  let url: URL | undefined;
  try {
    url = new URL(stripped);
  } catch {
    // Said below.
  }
  if (!url || !/^https?:$/.test(url.protocol) || !url.hostname)
    throw new ConfigurationError(`The base URL must begin with http:// or https:// and name a host, not "${given}".`);
  return url.pathname.endsWith(BASE) ? stripped : stripped + BASE;
}

/** Sleep, or throw when the caller aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    // Longer ones would end at once.
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, Math.min(ms, 2 ** 31 - 1));
    signal?.addEventListener("abort", stop, { once: true });
  });
}
