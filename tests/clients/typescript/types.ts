// Compiled, not run: the client's types against those that openapi-typescript makes of the specification.

import type {
  Attempt,
  BatchData,
  BatchPreview,
  ContactData,
  CreditBalance,
  Delivery,
  DeliveryFilters,
  EmailFound,
  Endpoint,
  EndpointNotice,
  Expectation,
  Feedback,
  Interval,
  JobData,
  JobLine,
  JobProgress,
  ListFilters,
  Lookup,
  PhoneFound,
  PlanStep,
  Provider,
  Quote,
  RowFault,
  RunData,
  RunFault,
  RunFilters,
  RunPlan,
  RunResult,
  SimulatedAmount,
  Simulation,
  Submission,
  Usage,
  UsageRow,
  Validation,
} from "./client/index.js";
import type { components, operations } from "./openapi.js";

type Schemas = components["schemas"];
type Yes = true;
// What the server answers is read as our type says, and our type has no member that the server has not.
type Read<Ours, Theirs> = [Theirs] extends [Ours] ? (Exclude<keyof Ours, keyof Theirs> extends never ? Yes : Exclude<keyof Ours, keyof Theirs>) : "not assignable";
// What our type allows is taken by the server; it may take more than this client knows.
type Sent<Ours, Theirs> = [Ours] extends [Theirs] ? Names<Ours, Theirs> : "not assignable";
type Names<Ours, Theirs> = Exclude<keyof Ours, keyof Theirs> extends never ? Yes : Exclude<keyof Ours, keyof Theirs>;
type Query<Name extends "listRuns" | "listJobs" | "listBatches" | "listDeliveries"> = NonNullable<operations[Name]["parameters"]["query"]>;
type Snake<Text extends string> = Text extends "linkedInUrl" ? "linkedin_url" : Text extends `${infer First}${infer Rest}` ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${Snake<Rest>}` : Text;

export const read: Yes[] = [
  true satisfies Read<RunData, Schemas["Run"]>,
  true satisfies ([Schemas["RunAccepted"]] extends [RunData] ? Yes : "not assignable"),
  true satisfies Read<RunResult, Schemas["RunResult"]>,
  true satisfies Read<RunFault, Schemas["RunFault"]>,
  true satisfies Read<Validation, Schemas["Validation"]>,
  true satisfies Read<Attempt, Schemas["Attempt"]>,
  true satisfies Read<EmailFound, Schemas["EmailFound"]>,
  true satisfies Read<PhoneFound, Schemas["PhoneFound"]>,
  true satisfies Read<CreditBalance, Schemas["CreditBalance"]>,
  true satisfies Read<Provider, Schemas["Provider"]>,
  true satisfies Read<Usage, Schemas["Usage"]>,
  true satisfies Read<UsageRow, Schemas["UsageRow"]>,
  true satisfies Read<Omit<BatchData, "accepted" | "reading">, Schemas["Batch"]>,
  true satisfies Read<Pick<BatchData, keyof Schemas["BatchAccepted"]>, Schemas["BatchAccepted"]>,
  true satisfies Read<BatchPreview, Schemas["BatchPreview"]>,
  true satisfies Read<Quote, Schemas["Quote"]>,
  true satisfies Read<Quote["credits"], Schemas["QuoteCredits"]>,
  true satisfies Read<Interval, Schemas["QuoteInterval"]>,
  true satisfies Read<Expectation, Schemas["Expectation"]>,
  true satisfies Read<RunPlan, Schemas["RunPlan"]>,
  true satisfies Read<PlanStep, Schemas["PlanStep"]>,
  true satisfies Read<Simulation, Schemas["Simulation"]>,
  true satisfies Read<SimulatedAmount, Schemas["SimulatedAmount"]>,
  true satisfies Read<RowFault, Schemas["BatchRowError"]>,
  true satisfies Read<Feedback, Schemas["Feedback"]>,
  true satisfies Read<Endpoint, Schemas["Endpoint"]>,
  true satisfies Read<Delivery, Schemas["Delivery"]>,
  true satisfies Read<RunData, Schemas["RunEvent"]>,
  true satisfies Read<Omit<BatchData, "accepted" | "reading">, Schemas["BatchEvent"]>,
  true satisfies Read<JobData, Schemas["JobEvent"]>,
  true satisfies Read<JobLine, Schemas["JobLine"]>,
  true satisfies Read<JobProgress, Schemas["Progress"]>,
  true satisfies Read<ContactData, Schemas["ContactEvent"]>,
  true satisfies Read<EndpointNotice, Schemas["EndpointDisabledEvent"]>,
  true satisfies ([Schemas["PingEvent"]] extends [EndpointNotice] ? Yes : "not assignable"),
];

// Providers are named by any text: a server may have others than this one.
type Named = { providers?: string[] | null };
export const sent: Yes[] = [
  true satisfies Sent<Submission, Omit<Schemas["RunRequest"], "providers"> & Named>,
  true satisfies Names<Record<Snake<keyof Lookup>, unknown>, Schemas["LookupRequest"]>,
  true satisfies Names<RunFilters, Omit<Query<"listRuns">, "limit" | "cursor">>,
  true satisfies Names<ListFilters, Omit<Query<"listJobs">, "limit" | "cursor">>,
  true satisfies Names<ListFilters, Omit<Query<"listBatches">, "limit" | "cursor">>,
  true satisfies Names<DeliveryFilters, Omit<Query<"listDeliveries">, "limit" | "cursor">>,
];
