// Errors of the client: what the API refused, by status and problem type, and what never got an answer.

/** Any error of this client. */
export class LeadrunError extends Error {
  override name = "LeadrunError";
}

/** A wrong or missing setting, such as the API key. */
export class ConfigurationError extends LeadrunError {
  override name = "ConfigurationError";
}

/** A contact that cannot be sent: a member is unknown, or none says whom to look up. */
export class InvalidContactError extends LeadrunError {
  override name = "InvalidContactError";
}

/** The resume file cannot be used: it is something else, damaged, or in use. */
export class ResumeFileError extends LeadrunError {
  override name = "ResumeFileError";
}

/** A webhook that is not genuine, or too old to be believed. */
export class WebhookSignatureError extends LeadrunError {
  override name = "WebhookSignatureError";
}

/** An answer that is not one of leadrun's, such as a page of a proxy. */
export class InvalidAnswerError extends LeadrunError {
  override name = "InvalidAnswerError";
}

/** No answer came: nothing listens there, or the connection broke each time. */
export class NoAnswerError extends LeadrunError {
  override name = "NoAnswerError";
  /** Whether a request may have reached the server. A submission that was sent has perhaps been accepted. */
  declare readonly sent: boolean;

  constructor(message: string, sent: boolean) {
    super(message);
    this.sent = sent;
  }
}

/** The deadline passed. What was accepted goes on at the server. */
export class DeadlineError extends LeadrunError {
  override name = "DeadlineError";
  /** Of the run or batch that goes on; undefined if nothing is known to be accepted. */
  declare readonly runId: string | undefined;

  constructor(message: string, runId?: string) {
    super(message);
    this.runId = runId;
  }
}

/** One wrong member of a request; `field` is empty for the request as a whole. */
export interface FieldFault {
  field: string;
  message: string;
}

/** An answer that is an error (RFC 9457). */
export class ApiError extends LeadrunError {
  override name = "ApiError";
  /** The HTTP status. */
  declare readonly status: number;
  /** The last part of the problem's `type`, such as `insufficient-credits`; empty if the server gave none. */
  declare readonly code: string;
  /** The sentence that says what is wrong. */
  declare readonly detail: string;
  /** Every wrong member. */
  declare readonly errors: readonly FieldFault[];
  /** Names the request in the server's logs. */
  declare readonly requestId: string | undefined;
  /** Milliseconds after which to try again; undefined if the server did not say. */
  declare readonly retryAfterMs: number | undefined;
  /** The whole problem document. */
  declare readonly problem: Readonly<Record<string, unknown>>;

  constructor(status: number, problem: Record<string, unknown>, requestId?: string, retryAfterMs?: number) {
    const detail = String(problem.detail || problem.error || problem.title || "");
    const id = requestId ?? (typeof problem.requestId === "string" ? problem.requestId : undefined);
    super(`${status}: ${detail || "no reason given"}${id ? ` (request ${id})` : ""}`);
    this.status = status;
    this.problem = problem;
    this.detail = detail;
    this.code = codeOf(problem);
    this.requestId = id;
    this.retryAfterMs = retryAfterMs;
    this.errors = (Array.isArray(problem.errors) ? problem.errors : [])
      .filter((one) => one && typeof one === "object")
      .map((one) => ({ field: String(one.field ?? ""), message: String(one.message ?? "") }));
  }
}

/** The request is wrong and was not accepted; `errors` names each wrong member. */
export class InvalidRequestError extends ApiError {
  override name = "InvalidRequestError";
}

/** The API key is missing, mistyped or revoked (401). */
export class AuthenticationError extends ApiError {
  override name = "AuthenticationError";
}

/** The balance does not cover the whole request, and nothing was accepted (402). */
export class NotEnoughCreditsError extends ApiError {
  override name = "NotEnoughCreditsError";

  /** Credits that the request needs. */
  get required(): number | undefined {
    return whole(this.problem.creditsRequired);
  }

  /** Credits that there are. */
  get available(): number | undefined {
    return whole(this.problem.creditsAvailable);
  }
}

/** A cap of the account or key does not leave what the request needs; it opens again by itself, or is set higher. */
export class CapReachedError extends NotEnoughCreditsError {
  override name = "CapReachedError";
}

/** The key may not do this (403). */
export class PermissionDeniedError extends ApiError {
  override name = "PermissionDeniedError";
}

/** An operator has suspended the account, so that its keys do nothing. */
export class AccountSuspendedError extends PermissionDeniedError {
  override name = "AccountSuspendedError";
}

/** There is nothing with this id, or it belongs to another account (404). */
export class NotFoundError extends ApiError {
  override name = "NotFoundError";
}

/** The request does not fit the present state (409). */
export class ConflictError extends ApiError {
  override name = "ConflictError";
}

/** What has ended cannot be cancelled. */
export class AlreadyEndedError extends ConflictError {
  override name = "AlreadyEndedError";
}

/** A request with the same idempotency key is still being answered. */
export class IdempotencyInFlightError extends ConflictError {
  override name = "IdempotencyInFlightError";
}

/** The idempotency key was used before with another body (422). */
export class IdempotencyMismatchError extends ApiError {
  override name = "IdempotencyMismatchError";
}

/** Too many requests (429), and the deadline leaves no time to wait `retryAfterMs`. */
export class RateLimitedError extends ApiError {
  override name = "RateLimitedError";
}

/** The server failed (5xx). */
export class ServerError extends ApiError {
  override name = "ServerError";
}

/** A part of the server is down; nothing was accepted or charged (503). */
export class UnavailableError extends ServerError {
  override name = "UnavailableError";
}

/** The request may have been accepted; repeat it with the same idempotency key to find out, at no further cost. */
export class OutcomeUnknownError extends ServerError {
  override name = "OutcomeUnknownError";
}

const BY_CODE: Record<string, typeof ApiError> = {
  "account-suspended": AccountSuspendedError,
  "already-ended": AlreadyEndedError,
  "cap-reached": CapReachedError,
  "idempotency-in-flight": IdempotencyInFlightError,
  "idempotency-mismatch": IdempotencyMismatchError,
  "outcome-unknown": OutcomeUnknownError,
};
const BY_STATUS: Record<number, typeof ApiError> = {
  401: AuthenticationError,
  402: NotEnoughCreditsError,
  403: PermissionDeniedError,
  404: NotFoundError,
  409: ConflictError,
  429: RateLimitedError,
  503: UnavailableError,
};

function codeOf(problem: Record<string, unknown>): string {
  return String(problem.type ?? "").split("/").pop() ?? "";
}

function whole(value: unknown): number | undefined {
  return Number.isInteger(value) ? (value as number) : undefined;
}

/** Say what came instead of JSON: of a web page, its title; an error in XML is said as it is. */
export function wordsOf(body: string, most: number): string {
  const text = body.slice(0, 4000).trim();
  if (!/^<(.*<|!doctype )?html/is.test(text)) return text.slice(0, most);
  const title = /<title[^>]*>\s*([^<\s][^<]{0,99})/i.exec(text)?.[1];
  return `a web page came${title ? ` (${title.trim()})` : ""}, not an answer of the API; is the URL that of a leadrun?`;
}

/** Make the error of an answer; a body that is no problem document is kept as the sentence. */
export function errorOf(status: number, body: string, requestId?: string, retryAfterMs?: number): ApiError {
  let problem: unknown;
  try {
    problem = JSON.parse(body);
  } catch {
    // No JSON: a page of a proxy, perhaps.
  }
  const document =
    problem && typeof problem === "object" && !Array.isArray(problem)
      ? (problem as Record<string, unknown>)
      : { detail: wordsOf(body, 500) };
  const code = codeOf(document);
  const named = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
  const kind = named ?? BY_STATUS[status] ?? (status >= 500 ? ServerError : InvalidRequestError);
  return new kind(status, document, requestId, retryAfterMs);
}
