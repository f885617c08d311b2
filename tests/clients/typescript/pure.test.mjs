// The parts of the TypeScript client that need no service: when it sends again, what it writes, which events it believes.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const part = (name) => import(pathToFileURL(`${process.env.CLIENT}/${name}.js`));
const leadrun = await part("index");
const { exchange, jsonOf, retryAfter } = await part("exchange");
const { Pace } = await part("pace");
const { bodyOf, keyOf } = await part("inputs");
const { Journal } = await part("journal");

const GET = { method: "GET", path: "/runs", query: { q: "jane@acme.example" } };
const SUBMIT = { method: "POST", path: "/enrich", submits: true };
const ONCE = { method: "POST", path: "/webhooks/deliveries/1/redeliver", repeatable: false };
const CUT = { reason: "reset", sent: true };
const REFUSED = { reason: "ECONNREFUSED", sent: false };
const OK = answer(200);

function answer(status, code = "", headers = {}) {
  const body = new TextEncoder().encode(JSON.stringify({ type: `/errors/${code}`, detail: "no" }));
  return { status, headers: new Headers(headers), body, ms: 0 };
}

const after = (seconds) => ({ "retry-after": String(seconds) });

// Answers a request; returns the result or the error, and the pauses in seconds.
async function play(call, answers, { deadline = 60, ...more } = {}) {
  const left = [...answers];
  const pauses = [];
  let now = 0;
  const policy = {
    maxRetries: 4,
    idempotent: true,
    pace: new Pace(),
    send: async () => left.shift(),
    now: () => now,
    random: () => 1,
    sleep: async (ms) => {
      pauses.push(ms / 1000);
      now += ms;
    },
    ...more,
  };
  const result = await exchange(call, policy, deadline * 1000).catch((error) => error);
  assert.equal(left.length, 0);
  return [result, pauses];
}

const AGAIN = {
  "at once": [GET, [OK], []],
  "429 says when": [GET, [answer(429, "", after(7)), OK], [7]],
  "503 says when": [GET, [answer(503, "", after(2)), OK], [2]],
  "429 more often than retries": [GET, [...Array(9).fill(answer(429, "", after(3))), OK], Array(9).fill(3)],
  "429 without a word": [GET, [answer(429), OK], [0.5]],
  "500 of a read": [GET, [answer(500), OK], [0.5]],
  "a gateway": [GET, [answer(502), answer(504), OK], [0.5, 1]],
  "cut four times": [GET, [CUT, CUT, CUT, CUT, OK], [0.5, 1, 2, 4]],
  "refused connection": [GET, [REFUSED, OK], [0.5]],
  "a submission whose answer is lost": [SUBMIT, [CUT, OK], [0.5]],
  "500 of a submission": [SUBMIT, [answer(500), OK], [0.5]],
  "the same key in flight": [SUBMIT, [answer(409, "idempotency-in-flight", after(1)), OK], [1]],
  "outcome unknown": [SUBMIT, [answer(503, "outcome-unknown", after(2)), OK], [2]],
  "never sent": [ONCE, [REFUSED, OK], [0.5]],
  "not accepted": [ONCE, [answer(429, "", after(1)), OK], [1]],
  "nothing was done": [ONCE, [answer(503, "unavailable", after(1)), OK], [1]],
};
for (const [name, [call, answers, pauses]] of Object.entries(AGAIN))
  test(`sent again: ${name}`, async () => assert.deepEqual(await play(call, answers), [OK, pauses]));

const ERRORS = {
  invalid: [GET, [answer(400)], "InvalidRequestError"],
  key: [GET, [answer(401)], "AuthenticationError"],
  credits: [SUBMIT, [answer(402, "insufficient-credits")], "NotEnoughCreditsError"],
  scope: [GET, [answer(403)], "PermissionDeniedError"],
  unknown: [GET, [answer(404)], "NotFoundError"],
  ended: [GET, [answer(409, "already-ended")], "AlreadyEndedError"],
  "another conflict": [GET, [answer(409, "payload-expunged")], "ConflictError"],
  "a code that objects have": [GET, [answer(404, "constructor")], "NotFoundError"],
  "too large": [GET, [answer(413)], "InvalidRequestError"],
  "key reused": [SUBMIT, [answer(422, "idempotency-mismatch")], "IdempotencyMismatchError"],
  "beyond the deadline": [GET, [answer(429, "", after(61))], "RateLimitedError"],
  "a status that stays": [GET, [answer(501)], "ServerError"],
  "cut too often": [GET, Array(5).fill(CUT), "NoAnswerError"],
  "failing too often": [GET, Array(5).fill(answer(500)), "ServerError"],
  "perhaps done": [ONCE, [CUT], "NoAnswerError"],
  "perhaps done, 500": [ONCE, [answer(500)], "ServerError"],
  "outcome unknown": [ONCE, [answer(503, "outcome-unknown")], "OutcomeUnknownError"],
  redirected: [GET, [answer(302, "", { location: "https://other.example" })], "NoAnswerError"],
  "redirected, in a browser": [GET, [{ ...answer(302), status: 0 }], "NoAnswerError"],
};
for (const [name, [call, answers, kind]] of Object.entries(ERRORS))
  test(`thrown: ${name}`, async () => {
    const [error] = await play(call, answers);
    assert.equal(error.constructor, leadrun[kind]);
    assert.equal(error.name, kind);
    assert.ok(error instanceof leadrun.LeadrunError);
  });

for (const one of [CUT, answer(500), answer(503, "outcome-unknown")])
  test("a service without idempotency gets no submission twice", async () => {
    const [error, pauses] = await play(SUBMIT, [one], { idempotent: false });
    assert.ok(error instanceof leadrun.LeadrunError);
    assert.deepEqual(pauses, []);
  });

test("a retry is announced without personal data", async () => {
  const said = [];
  await play(GET, [answer(429, "", { ...after(1), "x-request-id": "r1" }), OK], { onRetry: (one) => said.push(one) });
  assert.deepEqual(said, [{ request: "GET /runs", attempt: 1, pauseMs: 1000, reason: "429", requestId: "r1" }]);
});

test("an error has what the problem says", async () => {
  const problem = {
    type: "/errors/insufficient-credits",
    detail: "Not enough",
    creditsRequired: 6,
    creditsAvailable: 5,
    requestId: "r2",
    errors: [{ field: "a", message: "b" }, 7, null],
  };
  const [error] = await play(SUBMIT, [{ ...answer(402), body: new TextEncoder().encode(JSON.stringify(problem)) }]);
  const { required, available, requestId, code, errors, message } = error;
  assert.deepEqual([required, available, requestId, code], [6, 5, "r2", "insufficient-credits"]);
  assert.deepEqual(errors, [{ field: "a", message: "b" }]);
  assert.equal(message, "402: Not enough (request r2)");
});

for (const body of ["", "<html>Bad gateway</html>", "[]", "null", '{"error": 7}'])
  test(`an error that is no problem document is still one: ${body}`, async () => {
    const [error] = await play(GET, [{ ...answer(404), body: new TextEncoder().encode(body) }]);
    assert.ok(error instanceof leadrun.NotFoundError);
  });

const PAGE = '<!doctype html>\n<html><head><TITLE lang="en">\n Bad gateway </TITLE></head></html>';
const NO_API = "not an answer of the API; is the URL that of a leadrun?";
const PAGES = {
  "a title": [PAGE, `a web page came (Bad gateway), ${NO_API}`],
  "a byte order mark": [`\ufeff${PAGE}`, `a web page came (Bad gateway), ${NO_API}`],
  "no title": ["<html></html>", `a web page came, ${NO_API}`],
  "an empty title": [" <html><title> </title>", `a web page came, ${NO_API}`],
  XHTML: ['<?xml version="1.0"?>\n<!DOCTYPE html\n PUBLIC "x"><html lang="en"><title>404</title>', `a web page came (404), ${NO_API}`],
  "a comment before": ["<!-- x -->\n<HTML></HTML>", `a web page came, ${NO_API}`],
  "an error in XML": ["<Error><Code>AccessDenied</Code><title>no page</title></Error>", "<Error><Code>AccessDenied</Code><title>no page</title></Error>"],
  "no page": [" no healthy upstream\n", "no healthy upstream"],
  nothing: ["", undefined],
};
for (const [name, [body, words]] of Object.entries(PAGES))
  test(`what answers instead of the API is named: ${name}`, async () => {
    const content = new TextEncoder().encode(body);
    const [error] = await play(GET, [{ ...answer(404), body: content }]);
    assert.equal(error.message, `404: ${words ?? "no reason given"}`);
    assert.throws(() => jsonOf({ ...answer(200), body: content }), {
      name: "InvalidAnswerError",
      message: `The answer (200) is no JSON object: ${words ?? "it is empty"}`,
    });
  });

const WAITS = { 0: 0, " 12 ": 12, "": undefined, "-1": undefined, 1.5: undefined, soon: undefined, "²": undefined };
for (const [text, seconds] of Object.entries({ ...WAITS, "Wed, 21 Oct 2015 07:28:00 GMT": 0, "Wed, 99 Oct 2015 07:28:00 GMT": undefined }))
  test(`Retry-After is read: ${text}`, () => {
    const headers = { get: () => text };
    assert.equal(retryAfter(headers), seconds === undefined ? undefined : seconds * 1000);
  });

test("a rate limit that is used up is waited for", () => {
  const pace = new Pace();
  assert.equal(pace.take(0), 0);
  pace.note('"default";r=1;t=30', 0);
  assert.equal(pace.take(0), 0);
  assert.equal(pace.take(1000), 29_000);
  pace.note('"default";r=0;t=5', 2000);
  assert.equal(pace.take(3000), 4000);
  // One goes ahead when a place is free, and the others wait for what it learns.
  assert.equal(pace.take(7000), 0);
  assert.equal(pace.take(7000), 1000);
  pace.note('"default";r=2;t=1', 7100);
  assert.deepEqual([pace.take(7200), pace.take(7200)], [0, 0]);
  assert.ok(pace.take(7200) > 0);
});

for (const header of ["", "nonsense", '"default";r=', '"default";t=3', "r=5;t=3", '"reads";r=x'])
  test(`what is no rate limit holds nobody up: ${header}`, () => {
    const pace = new Pace();
    for (let place = 0; place < 100; place += 1) {
      assert.equal(pace.take(0), 0);
      pace.note(header, 0);
    }
  });

test("a submission whose sending is aborted gives its place back", async () => {
  const pace = new Pace();
  pace.note('"default";r=2;t=30', 0);
  const policy = { pace, now: () => 0, send: () => Promise.reject(new Error("aborted")) };
  await assert.rejects(exchange(SUBMIT, policy, 60_000), /aborted/);
  pace.note('"default";r=1;t=30', 0);
  assert.equal(pace.take(0), 0);
});

test("contacts are written as the API reads them", () => {
  const contact = { first_name: "Ada", LastName: " ", domain: "acme.example", metadata: { row: 1 }, company: null };
  assert.deepEqual(bodyOf(contact, { enrichmentType: "all", waterfall: "cheapest", maxCostUsd: null }), {
    enrichmentType: "all",
    waterfall: "cheapest",
    firstName: "Ada",
    companyDomain: "acme.example",
    metadata: { row: 1 },
  });
  for (const wrong of [{}, { colour: "red" }, { first_name: "A", firstName: "B" }, { metadata: {} }, { ...contact, max_cost_usd: Number.NaN }, "Ada", null, []])
    assert.throws(() => bodyOf(wrong), leadrun.InvalidContactError);
});

test("the same contact has the same key, however it is written", async () => {
  const key = await keyOf("enrichMany", "", 3, { firstName: "Ada", metadata: { b: [1], a: 2 } });
  assert.equal(await keyOf("enrichMany", "", 3, { metadata: { a: 2, b: [1] }, firstName: "Ada" }), key);
  assert.notEqual(await keyOf("enrichMany", "", 4, { firstName: "Ada", metadata: { b: [1], a: 2 } }), key);
  assert.match(key, /^[0-9a-f]{64}$/);
});

const SECRET = "whsec_bGVhZHJ1bi1zZWNyZXQtb2YtdGVzdHMtMDE=";
const OTHER = "whsec_b3RoZXItc2VjcmV0LW9mLXRoZS10ZXN0cy0wMg==";
const NOW = 1_795_000_000;
const EVENT = { type: "enrichment.completed", runId: "r", status: "completed", result: { email: "jane@acme.example" } };
const BODY = JSON.stringify(EVENT);

function signed(body, { secret = SECRET, at = NOW } = {}) {
  const key = Buffer.from(secret.slice(6), "base64");
  const signature = createHmac("sha256", key).update(`msg_1.${at}.${body}`).digest("base64");
  return { "Webhook-Id": "msg_1", "Webhook-Timestamp": String(at), "Webhook-Signature": `v1,${signature}` };
}

const sent = signed(BODY)["Webhook-Signature"];
const GENUINE = {
  text: [BODY, signed(BODY), SECRET],
  bytes: [Buffer.from(BODY), signed(BODY), SECRET],
  "headers of fetch": [BODY, new Headers(signed(BODY)), SECRET],
  "one of two secrets": [BODY, signed(BODY), [OTHER, SECRET]],
  "a secret with blanks": [BODY, signed(BODY), ` ${SECRET}\n`],
  "a secret without its prefix": [BODY, signed(BODY), SECRET.slice(6)],
  "nearly too old": [BODY, signed(BODY, { at: NOW - 299 }), SECRET],
  "nearly too new": [BODY, signed(BODY, { at: NOW + 299 }), SECRET],
  "one of several": [BODY, { ...signed(BODY), "Webhook-Signature": `v1,AAAA v1a,x ${sent}` }, SECRET],
};
for (const [name, [body, headers, secret]] of Object.entries(GENUINE))
  test(`genuine: ${name}`, async () => {
    const event = await leadrun.webhooks.unwrap(body, headers, secret, { now: NOW });
    assert.deepEqual([event.type, event.id, event.run.result.email], ["enrichment.completed", "msg_1", "jane@acme.example"]);
  });

for (const [code, status, kind] of JSON.parse(process.env.KINDS))
  test(`of its kind: ${code}`, () => {
    const error = leadrun.errorOf(status, JSON.stringify({ type: `/errors/${code}` }));
    assert.deepEqual([error.constructor, error.name, error.code], [leadrun[kind], kind, code]);
  });

const EVENTS = {
  "enrichment.failed": "run",
  "batch.completed": "batch",
  "job.completed": "job",
  "contact.completed": "contact",
  "endpoint.disabled": "endpoint",
  "webhook.ping": "endpoint",
};
for (const [type, name] of Object.entries(EVENTS))
  test(`an event tells of its kind: ${type}`, async () => {
    const body = JSON.stringify({ type, endpointId: "e" });
    const event = await leadrun.webhooks.unwrap(body, signed(body), SECRET, { now: NOW });
    assert.deepEqual(event, { type, id: "msg_1", [name]: JSON.parse(body), data: JSON.parse(body) });
  });

for (const type of ["id.changed", "data.lost", "type.new", "constructor.x", "__proto__.x", "soon"])
  test(`an event of an unknown kind keeps its members: ${type}`, async () => {
    const body = JSON.stringify({ type, endpointId: "e" });
    const event = await leadrun.webhooks.unwrap(body, signed(body), SECRET, { now: NOW });
    assert.deepEqual(event, { type, id: "msg_1", data: JSON.parse(body) });
  });

const FORGED = {
  "another body": [`${BODY} `, signed(BODY), SECRET],
  "another secret": [BODY, signed(BODY), OTHER],
  "no secret": [BODY, signed(BODY), []],
  "an empty secret": [BODY, signed(BODY), ""],
  "no base64": [BODY, signed(BODY), "whsec_not base64!"],
  "too old": [BODY, signed(BODY, { at: NOW - 301 }), SECRET],
  "too new": [BODY, signed(BODY, { at: NOW + 301 }), SECRET],
  "another id": [BODY, { ...signed(BODY), "Webhook-Id": "msg_2" }, SECRET],
  "no id": [BODY, { ...signed(BODY), "Webhook-Id": undefined }, SECRET],
  "no time": [BODY, { ...signed(BODY), "Webhook-Timestamp": "soon" }, SECRET],
  "a time far away": [BODY, { ...signed(BODY), "Webhook-Timestamp": "9".repeat(30) }, SECRET],
  "no signature": [BODY, { ...signed(BODY), "Webhook-Signature": "" }, SECRET],
  "not ASCII": [BODY, { ...signed(BODY), "Webhook-Signature": "v1,é" }, SECRET],
  "no headers": [BODY, {}, SECRET],
  "genuine, but no event": ["[]", signed("[]"), SECRET],
  "genuine, but nothing": ["null", signed("null"), SECRET],
  "genuine, but no JSON": ["{", signed("{"), SECRET],
};
for (const [name, [body, headers, secret]] of Object.entries(FORGED))
  test(`not believed: ${name}`, () =>
    assert.rejects(leadrun.webhooks.unwrap(body, headers, secret, { now: NOW }), leadrun.WebhookSignatureError));

const folder = process.env.SCRATCH;
const HEAD = '{"kind":"leadrun-resume-js","version":1,"salt":""}\n';
const STRANGE = {
  text: "id,name\n",
  python: HEAD.replace("-js", ""),
  newer: HEAD.replace("1", "2"),
  broken: `${HEAD}{broken}\n`,
  "without its run": `${HEAD}{"key": "k"}\n`,
  number: `${HEAD}7\n`,
};
for (const [name, content] of Object.entries(STRANGE))
  test(`a file that is something else is left alone: ${name}`, async () => {
    const path = `${folder}/strange`;
    writeFileSync(path, content);
    await assert.rejects(new Journal(false).open(path), leadrun.ResumeFileError);
    assert.equal(readFileSync(path, "utf8"), content);
  });

test("a journal is read again, but for a last line that was cut off", async () => {
  const path = `${folder}/journal`;
  const first = new Journal(true);
  await first.open(path);
  await assert.rejects(new Journal(false).open(path), leadrun.ResumeFileError);
  first.note("a", "1");
  first.note("a", "1", { runId: "1", status: "completed" });
  first.note("b", "2");
  first.close();
  writeFileSync(path, readFileSync(path).subarray(0, -2));
  writeFileSync(`${path}.lock`, "999999999"); // of a process that was killed
  const second = new Journal(false);
  await second.open(path);
  assert.equal(second.salt, first.salt);
  assert.equal(second.known("a").run.status, "completed");
  assert.equal(second.known("b"), undefined);
  second.close();
});

const CONFIGURED = [
  [{ apiKey: "", baseUrl: "http://acme.example" }, "no key"],
  [{ apiKey: "lm live" }, "a blank within"],
  [{ apiKey: "lm_live_é" }, "not ASCII"],
  [{ apiKey: "k", baseUrl: "acme.example" }, "no scheme"],
  [{ apiKey: "k", baseUrl: "ftp://acme.example" }, "another scheme"],
];
for (const [settings, name] of CONFIGURED)
  test(`wrong settings are named: ${name}`, () =>
    assert.throws(() => new leadrun.Leadrun(settings), leadrun.ConfigurationError));

test("an answer that is no JSON is named", async () => {
  const fetch = async () => new Response("<html>", { status: 200 });
  await assert.rejects(new leadrun.Leadrun({ apiKey: "k", fetch }).credits(), leadrun.InvalidAnswerError);
});

test("a server that cannot be reached is named, and nobody who was looked up", async () => {
  const denos = "error sending request for url (http://a.example/api/v1/runs?q=jane%40acme.example): client error (Connect)";
  const fetch = async () => {
    throw new TypeError(denos);
  };
  const reasons = [];
  const onRetry = (one) => reasons.push(one.reason);
  const client = new leadrun.Leadrun({ apiKey: "k", baseUrl: "http://a.example", fetch, onRetry, maxRetries: 1 });
  client.policy.sleep = async () => {};
  const error = await client.runs({ q: "jane@acme.example" }).next().catch((error) => error);
  assert.equal(error.sent, false);
  for (const said of [error.message, ...reasons]) {
    assert.match(said, /http:\/\/a\.example cannot be reached/);
    assert.doesNotMatch(said, /jane/);
  }
  assert.equal(reasons.length, 1);
});

test("the request says who asks", async () => {
  const asked = [];
  const fetch = async (url, init) => {
    asked.push([url, new Headers(init.headers).get("user-agent")]);
    return Response.json({});
  };
  for (const base of ["http://a.example", "http://a.example/api/v1/", "http://a.example/api/v1/enrich"])
    await new leadrun.Leadrun({ apiKey: "k", baseUrl: base, fetch }).credits();
  for (const [url, agent] of asked) {
    assert.equal(url, "http://a.example/api/v1/credits");
    assert.match(agent, /^leadrun-client-js\/\d+\.\d+\.\d+ (node|deno|bun)\/\d+/);
  }
});

test("an address is verified, and waited for", async () => {
  const asked = [];
  const answers = [{ runId: "r", status: "pending" }, { runId: "r", status: "completed" }];
  const fetch = async (url, init) => {
    asked.push([init.method, new URL(url).pathname, init.body && JSON.parse(init.body)]);
    return Response.json(answers.shift());
  };
  const options = { providers: ["zerobounce"], metadata: { row: 1 }, timeoutMs: 5000 };
  const run = await new leadrun.Leadrun({ apiKey: "k", fetch }).verifyEmail("jane@acme.example", options);
  assert.equal(run.status, "completed");
  assert.deepEqual(asked, [
    ["POST", "/api/v1/verify-email", { email: "jane@acme.example", providers: ["zerobounce"], metadata: { row: 1 } }],
    ["GET", "/api/v1/enrich/r", undefined],
  ]);
});

test("a member that is newer than the client takes no method's place", async () => {
  const run = { runId: "r", status: "completed", wait: "soon", newer: 1 };
  const found = await new leadrun.Leadrun({ apiKey: "k", fetch: async () => Response.json(run) }).getRun("r");
  assert.equal(await found.wait(), found);
  assert.equal(found.newer, 1);
  assert.deepEqual(JSON.parse(JSON.stringify(found)), run);
});

test("a contact that comes after the list was left is not submitted", async () => {
  let submitted = 0;
  const fetch = async () => Response.json({ runId: String((submitted += 1)), status: "completed" });
  let give;
  const late = new Promise((resolve) => (give = resolve));
  const answers = [Promise.resolve({ value: { fullName: "Ada Lovell" }, done: false }), late];
  const source = { [Symbol.asyncIterator]: () => ({ next: () => answers.shift() }) };
  for await (const _ of new leadrun.Leadrun({ apiKey: "k", fetch }).enrichMany(source)) break;
  give({ value: { fullName: "Bea Marsh" }, done: false });
  for (let turn = 0; turn < 20; turn += 1) await keyOf(turn); // longer than a submission would take
  await new Promise(setImmediate);
  assert.equal(submitted, 1);
});

test("a stream is read on after its last event where it broke", async () => {
  const asked = [];
  const bodies = [
    'id: 1\nevent: attempt\ndata: {"provider":"hunter"}\n\nid: 2\nevent: run\ndata: {"runId":"r","status":"proc',
    ': hello\r\n\r\nid: 3\r\nevent: run\r\ndata: {"runId":"r",\r\ndata: "status":"completed"}\r\n\r\n',
  ];
  const fetch = async (_, init) => {
    asked.push(new Headers(init.headers).get("last-event-id"));
    return new Response(bodies.shift());
  };
  const client = new leadrun.Leadrun({ apiKey: "k", fetch });
  client.policy.sleep = async () => {};
  const events = [];
  for await (const event of client.events("r")) events.push(event.provider ?? event.status);
  assert.deepEqual(events, ["hunter", "completed"]);
  assert.deepEqual(asked, [null, "1"]);
});

test("a stream that is left is closed", async () => {
  let closed = false;
  const fetch = async (_, init) => {
    init.signal.addEventListener("abort", () => (closed = true));
    const start = (stream) => stream.enqueue(new TextEncoder().encode('event: attempt\ndata: {"provider":"hunter"}\n\n'));
    return new Response(new ReadableStream({ start }));
  };
  for await (const event of new leadrun.Leadrun({ apiKey: "k", fetch }).events("r")) {
    assert.equal(event.provider, "hunter");
    break;
  }
  assert.ok(closed);
});

test("a key that is revoked ends a stream with its error", async () => {
  const problem = '{"type":"/errors/unauthenticated","status":401,"detail":"no"}';
  const answers = [new Response(`event: error\ndata: ${problem}\n\n`), new Response(problem, { status: 401 })];
  const client = new leadrun.Leadrun({ apiKey: "k", fetch: async () => answers.shift() });
  client.policy.sleep = async () => {};
  const events = [];
  const read = async () => {
    for await (const event of client.events("r")) events.push(event);
  };
  await assert.rejects(read(), leadrun.AuthenticationError);
  assert.deepEqual(events, []);
});
