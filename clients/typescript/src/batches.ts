// Batches: uploads of many contacts, from a file or rows, and what became of them.

import type { Leadrun, Waiting } from "./client.js";
import { ConfigurationError, DeadlineError } from "./errors.js";
import { exchange, jsonOf, retryAfter, type Call } from "./exchange.js";
import { readFile, writeFile } from "./files.js";
import { LIST_FILTERS, encode, filtersOf, queryOf } from "./inputs.js";
import type { BatchData, BatchPreview, ListFilters, Quote } from "./models.js";

const MEDIA: Record<string, string> = {
  csv: "text/csv",
  tsv: "text/tab-separated-values",
  txt: "text/csv",
  json: "application/json",
  jsonl: "application/x-ndjson",
  ndjson: "application/x-ndjson",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
};
const FORMATS: Record<string, Format> = { csv: "csv", json: "json", jsonl: "ndjson", ndjson: "ndjson", xlsx: "xlsx" };
const UPLOAD_MS = 300_000;
const POLL_MS = 2_000;
const LONGEST_POLL_MS = 10_000;

/** The path of a file (CSV, TSV, NDJSON, JSON, xlsx), its content, or contacts as objects. */
export type Source = string | Uint8Array<ArrayBuffer> | Blob | Iterable<object>;
export type Format = "csv" | "ndjson" | "json" | "xlsx";

/** How an upload is read. */
export interface ReadOptions {
  /** Of the file, instead of what its name says. */
  mediaType?: string | undefined;
  /** Further parameters, such as `{ sheet: "Leads" }`. */
  query?: Record<string, string> | undefined;
  signal?: AbortSignal | undefined;
}

/** Options of an upload. */
export interface UploadOptions extends ReadOptions {
  /** What to look up; `["email"]` when absent. */
  fields?: ("email" | "phone")[] | undefined;
  /** Refuse all where a single row is bad. */
  strict?: boolean | undefined;
  /** Look up again although the cache has an answer. */
  forceRefresh?: boolean | undefined;
  /** Only these, in this order. */
  providers?: string[] | undefined;
  /** For each contact, stop before the providers' charges pass it. */
  maxCostUsd?: number | undefined;
  /** In which order providers are asked: `tiers`, `cheapest`, `fastest`, or one of your own. */
  waterfall?: string | undefined;
  /** Where the end is posted. */
  webhookUrl?: string | undefined;
  /** Instead of a random one; the same key never uploads twice within 24 hours. */
  idempotencyKey?: string | undefined;
}

/** A batch, with the members of its data as they came. */
export interface Batch extends BatchData {}

/** The members of the data are copied by the constructor. */
export class Batch {
  readonly #batches: Batches;
  readonly #data: BatchData;

  constructor(batches: Batches, data: BatchData) {
    this.#batches = batches;
    this.#data = data;
    for (const [name, value] of Object.entries(data)) if (!(name in this)) Object.assign(this, { [name]: value });
  }

  /** Whether it is completed or cancelled. */
  get ended(): boolean {
    return this.status === "completed" || this.status === "cancelled";
  }

  /** Wait until it is completed or cancelled; without `timeoutMs`, as long as that takes. */
  wait(options: Waiting & { onProgress?: (batch: Batch) => void } = {}): Promise<Batch> {
    return this.#batches.wait(this.id, options);
  }

  /** Write the rows with what was found to a file: .csv, .xlsx, .ndjson or .json. */
  download(path: string, options: { format?: Format } = {}): Promise<string> {
    return this.#batches.download(this.id, path, options);
  }

  /** Read the rows with what was found, in the order of the upload. */
  results(): Promise<Record<string, unknown>[]> {
    return this.#batches.results(this.id);
  }

  /** Cancel what has not ended; rows without a run are never charged. */
  cancel(): Promise<Batch> {
    return this.#batches.cancel(this.id);
  }

  /** The JSON as it came. */
  toJSON(): BatchData {
    return this.#data;
  }
}

/** Uploads of many contacts. */
export class Batches {
  readonly #client: Leadrun;

  constructor(client: Leadrun) {
    this.#client = client;
  }

  /**
   * Upload up to 100 000 contacts; the batch goes on at the server until it is completed.
   *
   * @throws InvalidRequestError: it cannot be read, or no row is good; `errors` says why.
   * @throws NotEnoughCreditsError: the balance does not cover all rows, and none is accepted.
   */
  async upload(source: Source, options: UploadOptions = {}): Promise<Batch> {
    const { mediaType: _, query, signal, idempotencyKey, ...given } = options;
    const names = { forceRefresh: "force_refresh", maxCostUsd: "max_cost_usd", webhookUrl: "webhook_url" };
    const own = Object.entries(given).map(([name, value]) => [names[name as keyof typeof names] ?? name, value]);
    const reading = { ...options, query: { ...queryOf(Object.fromEntries(own)), ...query } };
    const headers = { "idempotency-key": idempotencyKey ?? crypto.randomUUID() };
    return new Batch(this, await this.#post<BatchData>("/batches", source, reading, headers));
  }

  /** Show how a file would be read and what it may cost; nothing is accepted or charged. */
  preview(source: Source, options: ReadOptions = {}): Promise<BatchPreview> {
    return this.#post<BatchPreview>("/batches/preview", source, options, {});
  }

  /** Ask what a list is expected to find and to cost; nothing is accepted or charged. `quote_id` is for `query` of `upload`. */
  quote(source: Source, options: ReadOptions = {}): Promise<Quote> {
    return this.#post<Quote>("/quotes", source, options, {});
  }

  async #post<T>(path: string, source: Source, options: ReadOptions, headers: Record<string, string>): Promise<T> {
    const [body, media] = await read(source, options.mediaType);
    const call: Call = {
      method: "POST",
      path,
      query: options.query ?? {},
      body,
      headers: { "content-type": media, ...headers },
      submits: true,
      ms: UPLOAD_MS,
    };
    return this.#client.call<T>(call, this.#client.deadline(UPLOAD_MS), options.signal);
  }

  /** Read a batch with its progress. */
  async get(batchId: string): Promise<Batch> {
    return new Batch(this, await this.#client.call<BatchData>({ method: "GET", path: pathOf(batchId) }));
  }

  /** Iterate over batches, newest first. */
  async *list({ pageSize, ...filters }: ListFilters & { pageSize?: number } = {}): AsyncGenerator<Batch> {
    const pages = this.#client.pages<BatchData>("/batches", filtersOf(filters, LIST_FILTERS, pageSize));
    for await (const one of pages) yield new Batch(this, one);
  }

  /**
   * Wait until a batch is completed or cancelled.
   *
   * @throws DeadlineError: `timeoutMs` have passed; the batch goes on.
   */
  async wait(batchId: string, options: Waiting & { onProgress?: (batch: Batch) => void } = {}): Promise<Batch> {
    const { policy } = this.#client;
    const deadline = this.#client.deadline(options.timeoutMs ?? Infinity);
    for (let poll = 0; ; poll += 1) {
      const call = { method: "GET", path: pathOf(batchId) };
      const until = Math.min(deadline, this.#client.deadline());
      const reply = await exchange(call, policy, until, options.signal);
      const batch = new Batch(this, jsonOf<BatchData>(reply));
      options.onProgress?.(batch);
      if (batch.ended) return batch;
      // Seldom after a while: a batch may take hours.
      const pause = Math.max(retryAfter(reply.headers) || POLL_MS, Math.min(LONGEST_POLL_MS, poll * 500));
      if (policy.now() + pause > deadline)
        throw new DeadlineError(`The batch ${batchId} has not ended in time; it goes on.`, batchId);
      await policy.sleep(pause, options.signal);
    }
  }

  /** Cancel what has not ended of a batch. */
  async cancel(batchId: string): Promise<Batch> {
    return new Batch(this, await this.#client.call<BatchData>({ method: "POST", path: `${pathOf(batchId)}/cancel` }));
  }

  /**
   * Write the rows of a batch with what was found to a file, which appears when it is whole; returns its path.
   *
   * @throws ConfigurationError: the name of the file says no format.
   */
  async download(batchId: string, path: string, options: { format?: Format } = {}): Promise<string> {
    const format = options.format ?? FORMATS[endingOf(path)];
    if (!format)
      throw new ConfigurationError(`The format of ${path} is unknown; name the file .csv, .xlsx, .ndjson or .json.`);
    await this.#results(batchId, format, (body) => writeFile(path, body));
    return path;
  }

  /** Read the rows of a batch, in the order of the upload. */
  async results(batchId: string): Promise<Record<string, unknown>[]> {
    const text = new TextDecoder().decode(await this.read(batchId, "ndjson"));
    return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  /** Read the results of a batch into memory, in a format. */
  async read(batchId: string, format: Format): Promise<Uint8Array> {
    return (await this.#results(batchId, format)).body;
  }

  #results(batchId: string, format: Format, save?: Call["save"]) {
    const call: Call = {
      method: "GET",
      path: `${pathOf(batchId)}/results`,
      query: { format },
      headers: { accept: "*/*" },
      ms: UPLOAD_MS,
      ...(save && { save }),
    };
    return exchange(call, this.#client.policy, this.#client.deadline(UPLOAD_MS));
  }
}

function pathOf(batchId: string): string {
  return `/batches/${encodeURIComponent(batchId)}`;
}

function endingOf(path: string): string {
  return (/\.(\w+)$/.exec(path)?.[1] ?? "").toLowerCase();
}

/**
 * Read what is uploaded; returns it with its media type.
 *
 * @throws ConfigurationError: the file cannot be read, or nothing says its media type.
 */
async function read(source: Source, mediaType: string | undefined): Promise<[Uint8Array<ArrayBuffer> | Blob | string, string]> {
  if (typeof source === "string") {
    const media = mediaType ?? MEDIA[endingOf(source)];
    if (!media)
      throw new ConfigurationError(`${source} is none of .${Object.keys(MEDIA).join(", .")}; name it so, or say mediaType.`);
    return [await readFile(source), media];
  }
  if (source instanceof Uint8Array || source instanceof Blob) {
    const media = mediaType ?? (source instanceof Blob ? source.type : "");
    if (!media) throw new ConfigurationError("Say with mediaType what the bytes are, such as text/csv.");
    return [source, media];
  }
  const lines = Array.from(source, (row) => `${encode(row)}\n`);
  return [lines.join(""), "application/x-ndjson"];
}
