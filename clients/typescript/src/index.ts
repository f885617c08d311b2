// Client of leadrun: find work e-mail addresses and phone numbers.

export { Leadrun, type Settings, type Submitting, type Verifying, type Waiting } from "./client.js";
export { Run } from "./run.js";
export { Batch, Batches, type Format, type ReadOptions, type Source, type UploadOptions } from "./batches.js";
export type { ManyOptions, Outcome } from "./many.js";
export type { Retry } from "./exchange.js";
export * from "./errors.js";
export type * from "./models.js";
export type * from "./plans.js";
export * as webhooks from "./webhooks.js";
export type { WebhookEvent } from "./webhooks.js";
export { VERSION } from "./version.js";
