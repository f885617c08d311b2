// Writes contacts and options as the API reads them, whichever dialect's names they come with.

import { ConfigurationError, InvalidContactError } from "./errors.js";

const CONTACT = ["firstName", "lastName", "fullName", "companyDomain", "companyName", "linkedInUrl"];
const OPTIONS = ["enrichmentType", "forceRefresh", "webhookUrl", "metadata", "providers", "maxCostUsd", "waterfall"];

export const TIMES = ["createdAfter", "createdBefore"];
/** Of jobs and batches. */
export const LIST_FILTERS = ["enrichmentType", "mode", "key", "domain", "q", ...TIMES];

type Members = Record<string, unknown>;

const folded = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "");
const NAMES = new Map([
  ...[...CONTACT, ...OPTIONS].map((name) => [folded(name), name] as const),
  ["domain", "companyDomain"] as const,
  ["company", "companyName"] as const,
]);

/**
 * Write the body of a submission.
 *
 * @param contact Members of a contact, and options of its own, in any spelling: `firstName`, `first_name`, `domain`.
 * @param options Options for all contacts, which the contact's own go before.
 * @throws InvalidContactError: a member is unknown, or given twice, or no member says whom to look up.
 */
export function bodyOf(contact: object, options: object = {}): Members {
  if (!contact || typeof contact !== "object" || Array.isArray(contact))
    throw new InvalidContactError("A contact must be an object such as { firstName, lastName, companyDomain }.");
  present(contact);
  const body: Members = {};
  for (const [given, value] of Object.entries(contact)) {
    const name = NAMES.get(folded(given));
    if (!name)
      throw new InvalidContactError(
        `"${given}" is not a member of a contact; put it in metadata. Known: ${[...CONTACT, ...OPTIONS].join(", ")}.`,
      );
    if (isBlank(value)) continue;
    if (name in body)
      throw new InvalidContactError(`"${given}" is given twice in one contact, in two spellings; keep one.`);
    body[name] = value;
  }
  if (!CONTACT.some((name) => name in body))
    throw new InvalidContactError(`The contact is empty; give one of ${CONTACT.join(", ")}.`);
  return { ...present(options), ...body };
}

/**
 * Leave out what is blank.
 *
 * @throws InvalidContactError: a cap of the cost is not a number, which must not become no cap at all.
 */
export function present(members: object): Members {
  const cap = Object.entries(members).find(([name, value]) => folded(name) === "maxcostusd" && Number.isNaN(value));
  if (cap) throw new InvalidContactError(`${cap[0]} is not a number; leave it out where there is to be no cap.`);
  return Object.fromEntries(Object.entries(members).filter(([, value]) => !isBlank(value)));
}

/** Return whether a value is as good as absent: nothing, a blank text, or not a number. */
function isBlank(value: unknown): boolean {
  return value == null || Number.isNaN(value) || (typeof value === "string" && !value.trim());
}

/**
 * Write JSON.
 *
 * @throws InvalidContactError: it holds what JSON cannot express.
 */
export function encode(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw new InvalidContactError(`This cannot be written as JSON: ${(error as Error).message}`);
  }
}

/** Derive an idempotency key: the same parts give the same key, on any machine. */
export async function keyOf(...parts: unknown[]): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(sorted(parts))));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Write members in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!value || typeof value !== "object" || "toJSON" in value) return value;
  return Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, inner]) => [name, sorted(inner)]);
}

/** Write the parameters of a query; absent ones are left out. */
export function queryOf(given: object): Record<string, string> {
  const entries = Object.entries(given).filter(([, value]) => value != null);
  return Object.fromEntries(entries.map(([name, value]) => [name, parameter(value)]));
}

function parameter(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

/**
 * Write the filters of a collection.
 *
 * @throws ConfigurationError: one is unknown: the API would leave it out, and list everything.
 */
export function filtersOf(filters: object, known: readonly string[], pageSize = 100): Record<string, string> {
  const unknown = Object.keys(filters).find((name) => !known.includes(name));
  if (unknown) throw new ConfigurationError(`There is no filter "${unknown}"; known are ${known.join(", ")}.`);
  return queryOf({ limit: pageSize, ...filters });
}
