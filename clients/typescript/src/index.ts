// Client of leadrun: find work e-mail addresses and phone numbers.

export { Leadrun, type Settings, type Submitting, type Verifying, type Waiting } from "./client.ts";
export { Run } from "./run.ts";
export { Batch, Batches, type Format, type ReadOptions, type Source, type UploadOptions } from "./batches.ts";
export type { ManyOptions, Outcome } from "./many.ts";
export type { Retry } from "./exchange.ts";
export * from "./errors.ts";
export type * from "./models.ts";
export type * from "./plans.ts";
export * as webhooks from "./webhooks.ts";
export type { WebhookEvent } from "./webhooks.ts";
export { VERSION } from "./version.ts";
