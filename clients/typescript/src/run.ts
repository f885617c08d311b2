// Runs as the client gives them: their data, with methods that ask the server for more.

import type { Leadrun, Waiting } from "./client.js";
import type { Attempt, Feedback, FeedbackOutcome, RunData } from "./models.js";

/** A run, with the members of its data as they came. */
export interface Run extends RunData {}

/** The members of the data are copied by the constructor. */
export class Run {
  readonly #client: Leadrun;
  readonly #data: RunData;

  constructor(client: Leadrun, data: RunData) {
    this.#client = client;
    this.#data = data;
    // A member that is newer than this client must not take the place of a method.
    for (const [name, value] of Object.entries(data)) if (!(name in this)) Object.assign(this, { [name]: value });
  }

  /** Whether it has ended. */
  get ended(): boolean {
    return ["completed", "failed", "cancelled"].includes(this.status);
  }

  /** Whether something was found. */
  get found(): boolean {
    return this.resultStatus === "found";
  }

  /** The address that was found. */
  get email(): string | undefined {
    return this.result?.email;
  }

  /** The number that was found (E.164). */
  get phone(): string | undefined {
    return this.result?.phone;
  }

  /** Wait for the end, and return the run as it is then. */
  async wait(options: Waiting = {}): Promise<Run> {
    return this.ended ? this : this.#client.wait(this.runId, options);
  }

  /** Read the cascade: each provider in order, with outcome, latency and cost. */
  attempts(): Promise<Attempt[]> {
    return this.#client.attempts(this.runId);
  }

  /** Follow the run live: attempts as they happen, and the run as it changes, up to its end. */
  events(options: { signal?: AbortSignal | undefined } = {}): AsyncGenerator<Attempt | Run> {
    return this.#client.events(this.runId, options);
  }

  /** Stop before the next provider call. */
  cancel(): Promise<Run> {
    return this.#client.cancel(this.runId);
  }

  /** Report what became of its values, or of that of one field. */
  feedback(outcome: FeedbackOutcome, field?: "email" | "phone"): Promise<Feedback> {
    return this.#client.feedback(this.runId, outcome, field);
  }

  /** The JSON as it came. */
  toJSON(): RunData {
    return this.#data;
  }
}
