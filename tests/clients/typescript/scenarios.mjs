// What a program does with the TypeScript client against a service; prints a JSON line a step, which the test reads.
//
// node scenarios.mjs NAME ARGUMENT…, with LEADRUN_URL and LEADRUN_API_KEY; CLIENT is the folder of the built client.

import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { pathToFileURL } from "node:url";

const { Leadrun, Run } = await import(pathToFileURL(`${process.env.CLIENT}/index.js`));
const DOMAIN = "acme.example";
const ADA = { firstName: "Ada", lastName: "Lovell", companyDomain: DOMAIN };
const DOT = { firstName: "Dot", lastName: "Olsen" };
const say = (value) => console.log(JSON.stringify(value));

// A URL at which nothing listens.
async function nowhere() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

async function collected(iterable) {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
}

// The name of the error that something throws, and what else is asked of it.
async function thrown(make, member) {
  try {
    await make();
  } catch (error) {
    return member ? [error.name, error[member]] : error.name;
  }
  return "nothing";
}

const people = (number) => Array.from({ length: number }, (_, index) => ({ ...DOT, domain: DOMAIN, companyName: `C${index}` }));

const SCENARIOS = {
  async operations() {
    const client = new Leadrun();
    const run = await client.enrich({ ...ADA, metadata: { crmId: "42" } });
    const again = await client.enrich({ fullName: "Ada Lovell", companyDomain: `https://www.${DOMAIN}/about` });
    const submitted = await client.submit({ ...ADA, companyName: "Acme", enrichmentType: "phone" });
    const done = await submitted.wait();
    const events = await collected(done.events());
    say({
      run: [run.status, run.found, run.email, run.cached, run.creditsUsed, run.result.validation.status, run.metadata],
      again: [again.email, again.cached, again.runId !== run.runId],
      done: [done.runId === submitted.runId, done.phone, (await done.wait()) === done],
      attempts: (await done.attempts()).map((one) => [one.provider, one.outcome, one.field])[0],
      last: [events.at(-1) instanceof Run, events.at(-1).runId === done.runId],
      cancel: await thrown(() => done.cancel()),
      feedback: [await run.feedback("delivered"), await run.feedback("delivered", "email")].map((one) => [one.fields, one.repeated]),
      runs: (await collected(client.runs({}, { pageSize: 2 }))).length,
      none: (await collected(client.runs({ status: "cancelled" }))).length,
      filter: await thrown(() => collected(client.runs({ state: "completed" }))),
      invalid: await thrown(() => collected(client.runs({ status: "done" })), "errors"),
    });
    const lost = new Leadrun({ baseUrl: await nowhere(), maxRetries: 0 });
    say({
      email: await client.findEmail({ firstName: "Ada", lastName: "Lovell", domain: DOMAIN }),
      missing: (await client.findEmail({ ...DOT, domain: DOMAIN })).email,
      phone: (await client.findPhone({ firstName: "Ada", lastName: "Lovell", domain: DOMAIN })).phone,
      credits: await client.credits(),
      providers: (await client.providers()).filter((one) => one.enabled).map((one) => one.name),
      usage: (await client.usage({ by: "key", until: new Date(Date.now() + 60_000) })).usage[0].runs,
      endpoints: await client.endpoints(),
      deliveries: await collected(client.deliveries({ state: "failed" })),
      unknown: await thrown(() => client.getRun("019a0000-0000-7000-8000-000000000000")),
      nowhere: await thrown(() => lost.credits(), "sent"),
      key: await thrown(() => new Leadrun({ apiKey: "lm_live_mistyped" }).credits()),
      page: await thrown(() => new Leadrun({ baseUrl: `${process.env.LEADRUN_URL}/docs` }).credits()),
      empty: await thrown(() => client.enrich({})),
      fax: await thrown(() => client.enrich({ ...ADA, enrichmentType: "fax" })),
      cyclic: await thrown(() => {
        const metadata = {};
        metadata.self = metadata;
        return client.enrich({ ...ADA, metadata });
      }),
    });
    const cheapest = await client.enrich({ fullName: "Cid Norton", companyDomain: DOMAIN, waterfall: "cheapest" });
    const plan = await client.plan(cheapest.runId);
    const asked = await cheapest.attempts();
    const simulation = await client.simulate("cheapest", { days: 1 });
    const own = await client.simulate({ strategy: "fixed", providers: ["hunter"] });
    say({
      plan: [plan.waterfall, plan.email, plan.steps.length >= asked.length, plan.steps[0].expected.costUsd > 0],
      attempt: [asked[0].provider === plan.steps[0].provider, asked[0].expected.chance > 0],
      tiers: [(await client.plan(run.runId)).waterfall, (await run.attempts())[0].expected.chance > 0],
      simulation: [simulation.waterfall, simulation.replayed + simulation.modelled, simulation.costUsd.low <= simulation.costUsd.high],
      own: [own.lookups === simulation.lookups, own.found.expected < own.found.actual],
      absent: await thrown(() => client.simulate("nobodys")),
      days: await thrown(() => client.simulate("cheapest", { days: 0 })),
    });
  },

  async batches(folder) {
    const client = new Leadrun();
    const source = `${folder}/people.csv`;
    writeFileSync(source, `id,first_name,last_name,domain\n1,Ada,Lovell,${DOMAIN}\n2,Dot,Olsen,${DOMAIN}\n3,,,\n`);
    const preview = await client.batches.preview(source);
    const quote = await client.batches.quote(source, { query: { fields: "email,phone" } });
    const quoted = await client.batches.upload([{ full_name: "Bea Marsh", domain: DOMAIN }], {
      query: { quote_id: (await client.batches.quote([{ full_name: "Bea Marsh", domain: DOMAIN }])).quote_id, stop_at_quote: "true" },
    });
    const seen = [];
    const batch = await client.batches.upload(source);
    const done = await batch.wait({ onProgress: (one) => seen.push(one.completed) });
    const rows = await client.batches.upload([{ full_name: "Ada Lovell", domain: DOMAIN, number: 7 }], { fields: ["email", "phone"] });
    const ended = await rows.wait();
    const blob = new Blob([`full_name,domain\nAda Lovell,${DOMAIN}\n`], { type: "text/csv" });
    say({
      preview: [preview.total, preview.credits_at_most],
      quote: [quote.total, quote.credits_at_most, quote.credits.at_most, quote.cost_usd.low <= quote.cost_usd.high, quote.quote_id.length],
      quoted: (await quoted.wait()).status,
      done: [done.status, done.emails_found, seen.at(-1) === done.total],
      results: (await done.results()).slice(0, 2).map((row) => row.email),
      csv: readFileSync(await done.download(`${folder}/out.csv`), "utf8").includes("ada.lovell"),
      xlsx: readFileSync(await done.download(`${folder}/out.xlsx`)).subarray(0, 2).toString(),
      rows: [ended.phones_found, (await ended.results())[0].number],
      blob: (await client.batches.preview(blob)).total,
      listed: (await collected(client.batches.list({ pageSize: 1 }))).length,
      cancel: await thrown(() => done.cancel()),
      format: await thrown(() => done.download(`${folder}/out.pdf`)),
      folder: await thrown(() => done.download(`${folder}/none/out.csv`)),
      absent: await thrown(() => client.batches.upload(`${folder}/absent.csv`)),
      kind: await thrown(() => client.batches.upload(`${folder}/people.pdf`)),
      bytes: await thrown(() => client.batches.upload(new Uint8Array(3))),
      nothing: await thrown(() => client.batches.upload([])),
      strange: await thrown(() => client.batches.upload([{ colour: "red" }])),
    });
  },

  // Of an account that has jobs and batches.
  async collections() {
    const client = new Leadrun();
    const begin = new Date("2020-01-01");
    const lists = {
      jobs: (filters, pageSize) => client.jobs(filters, { pageSize }),
      batches: (filters, pageSize) => client.batches.list({ ...filters, pageSize }),
    };
    for (const [name, list] of Object.entries(lists)) {
      const ids = async (filters, pageSize) => (await collected(list(filters, pageSize))).map((one) => one.id);
      say({
        [name]: await ids({}, 1),
        company: await ids({ domain: DOMAIN }),
        since: await ids({ createdAfter: begin, mode: "live" }),
        before: await ids({ createdBefore: begin }),
        unknown: await thrown(() => ids({ status: "completed" })),
        invalid: await thrown(() => ids({ mode: "free" })),
      });
    }
    const [job] = await collected(client.jobs({ domain: DOMAIN }));
    say([job.progress.total, job.mode]);
  },

  // While no vendor answers.
  async held() {
    const client = new Leadrun();
    const late = await thrown(() => client.enrich(ADA, { timeoutMs: 300 }), "runId");
    const stop = new AbortController();
    const waiting = thrown(() => client.wait(late[1], { signal: stop.signal }));
    stop.abort();
    const list = new AbortController();
    const contacts = [{ ...ADA, companyName: "Other" }, ...people(30)];
    const many = thrown(() => collected(client.enrichMany(contacts, { signal: list.signal, concurrency: 30 })));
    for (let under = 0; under < 30; under = (await collected(client.runs())).length);
    list.abort();
    say({ late, aborted: await waiting, many: await many });
  },

  async wait(runId) {
    say((await new Leadrun().wait(runId)).email);
  },

  // One contact after the other; each meets what the test lets happen to it.
  async one_by_one(number) {
    const client = new Leadrun();
    const retries = [];
    const patient = new Leadrun({ onRetry: (one) => retries.push(one.reason) });
    for (const { companyName } of people(Number(number))) await patient.enrich({ ...ADA, companyName });
    say({ runs: (await collected(client.runs())).length, spent: (await client.credits()).total_spent, retries: retries.length });
  },

  async many(number, resume) {
    for await (const { index, run, error } of new Leadrun().enrichMany(people(Number(number)), { resume }))
      say({ index, runId: run?.runId, error: error?.message });
  },

  async lists(folder) {
    const client = new Leadrun();
    const contacts = [
      ADA,
      { first_name: "Dot", last_name: "Olsen", domain: DOMAIN },
      { colour: "red" },
      { full_name: "Ada Lovell", company_domain: DOMAIN, metadata: { row: 3 }, enrichment_type: "all" },
      { ...ADA, enrichmentType: "fax" },
    ];
    const outcomes = (await collected(client.enrichMany(contacts))).sort((one, other) => one.index - other.index);
    say(outcomes.map((one) => one.error?.name ?? one.run.email ?? one.run.resultStatus));
    let taken = 0;
    let closed = false;
    async function* endless() {
      try {
        for (;;) yield people((taken += 1)).at(-1);
      } finally {
        closed = true;
      }
    }
    let got = 0;
    for await (const _ of client.enrichMany(endless(), { concurrency: 3 })) if ((got += 1) === 5) break;
    await new Promise(setImmediate);
    say({ taken: taken <= 5 + 3, closed });
    const resume = `${folder}/people.resume`;
    const before = await collected(client.enrichMany(people(4), { resume, forceRefresh: true }));
    const lost = new Leadrun({ baseUrl: await nowhere(), maxRetries: 0 });
    const again = await collected(lost.enrichMany(people(4), { resume, forceRefresh: true }));
    const ids = (list) => list.map((one) => one.run.runId).sort().join();
    say({ same: ids(before) === ids(again), wrong: await thrown(() => collected(client.enrichMany([], { concurrency: 0 }))) });
    async function* broken() {
      yield people(1)[0];
      throw new RangeError("the source broke");
    }
    say(await thrown(() => collected(client.enrichMany(broken()))));
  },

  // More contacts than credits.
  async poor() {
    const client = new Leadrun();
    const got = [];
    const error = await thrown(async () => {
      for await (const one of client.enrichMany(people(9), { concurrency: 2 })) got.push(one.index);
    }, "required");
    say({ got: got.length, error, left: (await client.credits()).balance });
  },

  // Against the published services.
  async published(key) {
    const client = new Leadrun();
    const run = await client.enrich({ firstName: "Jane", lastName: "Smith", companyDomain: DOMAIN });
    const cached = await client.enrich({ firstName: "Jane", lastName: "Known" });
    const careful = new Leadrun({ apiKey: key, idempotent: false });
    say({
      run: [run.email, run.found, run.creditsUsed],
      cached: [cached.cached, cached.creditsUsed],
      email: (await client.findEmail({ firstName: "Jane", lastName: "Smith", domain: DOMAIN })).email,
      providers: await thrown(() => client.providers()),
      cut: await thrown(() => careful.enrich({ firstName: "Jane", lastName: "Cut" }), "sent"),
    });
  },
};

const [name, ...more] = process.argv.slice(2);
await SCENARIOS[name](...more);
