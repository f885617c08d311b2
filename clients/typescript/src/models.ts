// The requests and answers of the API, by its own names; members that are newer than this are there as well.

/** A contact; at least one member. */
export interface Contact {
  firstName?: string | null;
  lastName?: string | null;
  /** Instead of both. */
  fullName?: string | null;
  /** A domain, or a URL or e-mail address to take it from. */
  companyDomain?: string | null;
  companyName?: string | null;
  /** The person's profile. */
  linkedInUrl?: string | null;
}

/** One of these words, or one that is newer than this client. */
export type Known<Word extends string> = Word | (string & {});

export type EnrichmentType = "email" | "phone" | "all";

/** Options of a submission. */
export interface Options {
  /** `email` when absent. */
  enrichmentType?: EnrichmentType | null;
  /** Look up again although the cache has an answer. */
  forceRefresh?: boolean | null;
  /** Only these, in this order. */
  providers?: string[] | null;
  /** Stop before the providers' charges pass it. */
  maxCostUsd?: number | null;
  /** In which order providers are asked, and which answers are accepted: `tiers`, `cheapest`, `fastest`, or one of your own. */
  waterfall?: string | null;
  /** Where the end is posted as well. */
  webhookUrl?: string | null;
}

/** A contact with its options. */
export interface Submission extends Contact, Options {
  /** Any JSON object up to 4 KiB, given back untouched. */
  metadata?: Record<string, unknown> | null;
}

/** A look-up of one value (LeadSonar). */
export interface Lookup {
  firstName: string;
  lastName: string;
  domain: string;
  companyName?: string | null;
  linkedInUrl?: string | null;
  forceRefresh?: boolean | null;
  providers?: string[] | null;
  maxCostUsd?: number | null;
  /** As of `enrich`. */
  waterfall?: string | null;
  /** Where the end is posted as well. */
  webhookUrl?: string | null;
  metadata?: Record<string, unknown> | null;
}

export type RunStatus = Known<"pending" | "processing" | "completed" | "failed" | "cancelled">;
export type ResultStatus = Known<"found" | "not_found" | "error">;
export type Mode = Known<"live" | "test">;
export type Tier = Known<"T1" | "T2" | "T3">;

export type PhoneType = Known<"mobile" | "landline" | "voip" | "unknown">;
export type Field = Known<"email" | "phone">;

/** Why a run failed. */
export interface RunFault {
  code: string;
  message: string;
}

/** How sure it is that mail to the address arrives; `score` from 0 to 100. */
export interface Validation {
  status: Known<"valid" | "invalid" | "risky" | "unknown">;
  score: number;
}

/** The values that were found; confidences from 0 to 100. */
export interface RunResult {
  email?: string;
  confidence?: number;
  provider?: string;
  validation?: Validation;
  /** E.164. */
  phone?: string;
  phoneType?: PhoneType;
  phoneExtension?: string;
  phoneConfidence?: number;
  phoneProvider?: string;
  phoneValidated?: boolean;
}

/** A run: one contact and what became of it. A run that has ended never changes again. */
export interface RunData {
  runId: string;
  status: RunStatus;
  creditsUsed?: number;
  mode?: Mode;
  /** The contact as the server understood it. */
  input?: { [Member in keyof Required<Contact>]: string | null } | null;
  /** Sentences about parts of the request that were ignored. */
  warnings?: string[];
  resultStatus?: ResultStatus | null;
  cached?: boolean;
  enrichmentType?: Known<EnrichmentType>;
  result?: RunResult | null;
  metadata?: Record<string, unknown>;
  createdAt?: string;
  startedAt?: string | null;
  completedAt?: string | null;
  jobId?: string;
  /** Some providers gave no proper answer. */
  degraded?: boolean;
  /** Why nothing was found, where no provider said so. */
  reason?: string;
  error?: RunFault;
}

export type AttemptOutcome = Known<"hit" | "miss" | "rejected" | "error" | "timeout" | "rate_limited" | "skipped">;

/** Why a provider stood where it stood: what asking it was expected to come to, and how that is known. */
export interface Expectation {
  /** Expected cost of an accepted value, waiting included; the lowest comes first. */
  indexUsd: number | null;
  /** Expected charge of asking it. */
  costUsd: number;
  /** From 0 to 1. */
  chance: number;
  /** Until it answers, waiting included. */
  seconds: number;
  /** Answers that speak of this case, older ones less; 0 is the prior alone. */
  observations: number;
  /** Source of the prior. */
  prior: string;
  /** It was asked before its turn, to learn how good it is. */
  explored: boolean;
  /** It was asked before one of lower index, because its miss says more of the others. */
  lookedAhead: boolean;
}

/** One call of a provider, or why it was skipped; `outcome` is null while the call is under way. */
export interface Attempt {
  provider: string;
  tier: Tier;
  field: Field;
  route: string | null;
  outcome: AttemptOutcome | null;
  reason: string | null;
  latencyMs: number | null;
  costUsd: number;
  httpStatus: number | null;
  /** What asking it was expected to come to. */
  expected?: Expectation;
}

interface Found {
  provider?: string | null;
  cost_credits: number;
  mode?: Mode;
  error?: RunFault;
  warnings?: string[];
}

/** The answer of `findEmail`; `confidence` from 0 to 1, `email` null if none was found. */
export interface EmailFound extends Found {
  email: string | null;
  confidence: number;
  verified: boolean;
}

/** The answer of `findPhone`; `phone` (E.164) is null if none was found. */
export interface PhoneFound extends Found {
  phone: string | null;
  phone_type?: PhoneType | null;
  phone_extension?: string | null;
  validated: boolean;
}

/** What became of a value. */
export type FeedbackOutcome = "answered" | "bounced" | "delivered" | "disconnected" | "left_company" | "wrong_person";

/** A report that was taken; `repeated` where it was known, so that nothing has changed. */
export interface Feedback {
  runId: string;
  outcome: Known<FeedbackOutcome>;
  fields: Field[];
  repeated: boolean;
  /** Given back, where the plan refunds bounces. */
  creditsRefunded: number;
}

/** The account's credits: `balance = total_earned - total_spent`. */
export interface CreditBalance {
  balance: number;
  total_earned: number;
  total_spent: number;
}

/** A provider that the key reaches. */
export interface Provider {
  name: string;
  type: Known<"email" | "phone" | "both" | "verify">;
  tier: Tier;
  enabled: boolean;
}

/** Usage of a day (UTC), a provider or a key. */
export interface UsageRow {
  day?: string;
  provider?: string;
  key?: string;
  keyPrefix?: string;
  runs?: number;
  found: number;
  notFound: number;
  errors: number;
  cached?: number;
  creditsUsed?: number;
  costUsd: number;
}

/** Usage of the account, from `since` up to `until`, exclusive. */
export interface Usage {
  since: string;
  until: string;
  by: Known<"day" | "provider" | "key">;
  usage: UsageRow[];
}

/** The fault of a row of an upload; `row` counts from 1, `line` is that of the file. */
export interface RowFault {
  row: number;
  line?: number | null;
  field: string;
  message: string;
}

/** How a file was read: its format, and the columns that are used. */
export interface Reading {
  format: string;
  encoding: string | null;
  delimiter: string | null;
  headings_line: number | null;
  sheet: string | null;
  columns_used: { column: string; fills: string }[];
  columns_ignored: string[];
}

/** A batch: an upload of many contacts, and how far it is. */
export interface BatchData {
  id: string;
  status: Known<"processing" | "completed" | "cancelled">;
  mode?: Mode;
  total: number;
  accepted?: number;
  completed?: number;
  rejected: number;
  emails_found?: number;
  phones_found?: number;
  /** Rows of which nothing was found. */
  not_found?: number;
  credits_reserved: number;
  credits_used?: number;
  /** What providers charged so far. */
  cost_usd?: number;
  estimated_seconds?: number | null;
  reading?: Reading;
  errors?: RowFault[];
  warnings?: string[];
  metadata?: Record<string, unknown>;
  created_at?: string;
  completed_at?: string | null;
  results_url?: string | null;
}

/** What an upload would do. */
export interface BatchPreview {
  total: number;
  /** Rows that would be looked up. */
  accepted: number;
  rejected: number;
  errors: RowFault[];
  /** The first good rows as they would be asked for. */
  contacts: object[];
  /** Rows that give a contact again; each contact is paid once. */
  duplicates: number;
  /** Rows for which no provider could be asked; they cost nothing. */
  unasked: number;
  unasked_rows: RowFault[];
  /** The price of all contacts, none of them in the cache. */
  credits_at_most: number;
  reading: Reading;
  warnings?: string[];
}

/** An expectation, and bounds that hold in nine of ten cases. */
export interface Interval {
  expected: number;
  low: number;
  high: number;
}

/** What an upload would do, and what it is expected to come to. */
export interface Quote extends BatchPreview {
  /** By which `upload` refers to it; null where no row is good. */
  quote_id: string | null;
  /** Until then it can be referred to. */
  expires_at: string;
  /** Contacts that the cache answers; they cost nothing. */
  answered: number;
  /** Contacts of whom anything is found, those in the cache included. */
  found: Interval;
  /** What the providers charge. */
  cost_usd: Interval;
  /** `at_most`: the price of all contacts, none of them in the cache. */
  credits: Interval & { at_most: number };
  /** Until the last contact has ended, if it were submitted now. */
  seconds: number;
}

/** A URL that gets events of the account. */
export interface Endpoint {
  id: string;
  url: string;
  events: string[];
  description: string;
  enabled: boolean;
  mode: Mode;
  rateLimit: number | null;
  disabledAt: string | null;
  disabledReason: string | null;
  failingSince: string | null;
  createdAt: string;
  updatedAt: string;
}

/** An event owed to a URL. */
export interface Delivery {
  id: string;
  webhookId: string;
  event: string;
  url: string;
  state: Known<"pending" | "delivered" | "failed">;
  mode: Mode;
  runId: string | null;
  jobId: string | null;
  endpointId: string | null;
  reason: string | null;
  tryCount: number;
  nextTryAt: string | null;
  createdAt: string;
  endedAt: string | null;
}

/** Filters of `runs`; times are of RFC 3339. */
export interface RunFilters extends ListFilters {
  status?: RunStatus;
  resultStatus?: ResultStatus;
}

/** Filters of `jobs` and of `batches.list`. */
export interface ListFilters {
  enrichmentType?: EnrichmentType;
  mode?: Mode;
  /** The id of a key. */
  key?: string;
  domain?: string;
  /** Part of a name or of an address. */
  q?: string;
  createdAfter?: string | Date;
  createdBefore?: string | Date;
}

/** Filters of `deliveries`. */
export interface DeliveryFilters {
  runId?: string;
  jobId?: string;
  endpointId?: string;
  state?: Delivery["state"];
  event?: string;
  createdAfter?: string | Date;
  createdBefore?: string | Date;
}

/** A contact of a job: as it was given, and what was found. */
export interface ContactData {
  first_name?: string;
  last_name?: string;
  domain?: string;
  email: string | null;
  /** From 0 to 1. */
  email_confidence: number | null;
  phone: string | null;
  phone_type?: string | null;
  phone_extension?: string;
  providers_used?: string[];
  run_id: string;
  /** What became of it, or the state of its run until then. */
  status: Known<"found" | "not_found" | "error" | "cancelled" | "pending" | "processing">;
  mode?: Mode;
  input?: object | null;
  warnings?: string[];
  /** Of `contact.completed` alone. */
  job_id?: string;
  /** Its place in the job, from 0; of `contact.completed` alone. */
  index?: number;
}

/** How far a job is. */
export interface JobProgress {
  total: number;
  completed: number;
  emails_found: number;
  phones_found: number;
}

/** A job: up to 100 contacts in one request. */
export interface JobData {
  id: string;
  status: Known<"processing" | "completed">;
  mode?: Mode;
  progress?: JobProgress;
  contacts?: ContactData[];
  meta?: { total_cost_usd: number; duration_ms: number };
  metadata?: Record<string, unknown>;
  warnings?: string[];
}

/** A job in a list of jobs, without its contacts. */
export interface JobLine {
  id: string;
  status: JobData["status"];
  mode?: Mode;
  progress?: JobProgress;
  created_at: string;
  completed_at: string | null;
}

/** The endpoint that a test was sent to, or that was disabled; of a test, only its id is known. */
export interface EndpointNotice {
  endpointId: string;
  url?: string;
  description?: string;
  disabledAt?: string;
  disabledReason?: string;
  failingSince?: string | null;
}
