// OWASP's rules for APIs (Spectral), and the exceptions from them, each with its reason.
import { schema } from "@stoplight/spectral-functions";
import owasp from "@stoplight/spectral-owasp-ruleset";

// What is read without a key on purpose: health and metrics for probes, explanations of errors, the specification
// itself; and what a vendor posts to a URL that it was given once.
const KEYED = String.raw`$.paths[?(@property.match(/^\/api\/v1\/(?!openapi|callbacks\/)/))]`;
// Limits are for what the service reads. What it writes has its size by what was asked for: a bound in the answers
// would break clients on the day it grows. Queries and headers have their limit in all: above 64 KiB they are a 431.
const READ = ["parameters[?(@.in==='path')]", "requestBody"];

const rule = (name) => owasp.rules[name];
const read = (type) => READ.map((part) => `$.paths[*][*].${part}..[?(@ && @.type=="${type}")]`);
const withGiven = (name, given) => ({ [name]: { ...rule(name), given } });

export default {
  extends: [owasp],
  rules: {
    ...withGiven("owasp:api4:2023-string-limit", read("string")),
    ...withGiven("owasp:api4:2023-array-limit", read("array")),
    ...withGiven("owasp:api4:2023-integer-limit", read("integer")),
    ...withGiven("owasp:api4:2023-integer-limit-legacy", read("integer")),
    ...withGiven("owasp:api4:2023-rate-limit-responses-429", `${KEYED}[*].responses`),
    ...withGiven("owasp:api8:2023-define-error-responses-401", `${KEYED}[*].responses`),
    ...withGiven("owasp:api2:2023-no-credentials-in-url", `${KEYED}[*].parameters[?(@.in!=='header')].name`),
    // The rule wants exactly one kind of these headers; we send the new and the old. A 401 has no budget to tell of.
    "owasp:api4:2023-rate-limit": {
      ...rule("owasp:api4:2023-rate-limit"),
      given: `${KEYED}[*].responses[?(@property.match(/^(2|4)/) && @property !== "401")]`,
      then: {
        field: "headers",
        function: schema,
        functionOptions: { schema: { type: "object", required: ["RateLimit", "X-RateLimit-Limit"] } },
      },
    },
    // These look at all paths at once; test_only_what_anyone_may_read_needs_no_key lists those without a key.
    "owasp:api2:2023-read-restricted": "off",
    "owasp:api2:2023-write-restricted": "off",
    // Of 3.0 alone: metadata, headers and mappings have the names that clients give them.
    "owasp:api3:2023-no-additionalProperties": "off",
    "owasp:api3:2023-constrained-additionalProperties": "off",
    // Names of people and companies, and sentences, have no pattern.
    "owasp:api4:2023-string-restricted": "off",
    // Keys do not belong in browsers: only the specification may be read by pages of other origins.
    "owasp:api8:2023-define-cors-origin": "off",
    // A hint to look: webhook URLs are checked when they are given and again when they are connected to.
    "owasp:api7:2023-concerning-url-parameter": "off",
    // Each installation has one server, that of its reader.
    "owasp:api9:2023-inventory-access": "off",
    "owasp:api9:2023-inventory-environment": "off",
  },
};
