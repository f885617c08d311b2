// The quickstart with a client that knows nothing but the specification: contact, job, batch, credits.

import createClient from "openapi-fetch";
import type { components, paths } from "./leadrun.js";

type Run = components["schemas"]["Run"];

const { LEADRUN_URL: url = "", LEADRUN_KEY: key = "" } = process.env;
const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${key}` } });
const jane = { first_name: "Jane", last_name: "Smith", domain: "initech.example" };

function must<T>(value: T | undefined, error: unknown): T {
  if (value === undefined) throw new Error(JSON.stringify(error));
  return value;
}

async function ended(id: string): Promise<Run> {
  const { data, error } = await client.GET("/api/v1/enrich/{run_id}", {
    params: { path: { run_id: id }, query: { wait: 30 } },
  });
  const shown = must(data, error);
  if (!("runId" in shown)) throw new Error("a job");
  return shown;
}

const submitted = await client.POST("/api/v1/enrich", {
  body: { firstName: "Jane", lastName: "Smith", companyDomain: "initech.example", metadata: { crm: { id: 42 } } },
});
const accepted = must(submitted.data, submitted.error);
if (!("runId" in accepted)) throw new Error("a job");
const run = await ended(accepted.runId);
console.log(run.status, run.resultStatus, run.result?.email, run.result?.validation?.status);

const made = await client.POST("/api/v1/enrich", { body: { contacts: [jane], fields: ["email"] } });
const job = must(made.data, made.error);
if (!("id" in job)) throw new Error("a run");
const jobShown = await client.GET("/api/v1/enrich/{run_id}", {
  params: { path: { run_id: job.id }, query: { wait: 30 } },
});
const done = must(jobShown.data, jobShown.error);
if (!("progress" in done)) throw new Error("a run");
console.log(done.status, done.progress.emails_found, done.contacts?.[0]?.email);

const uploaded = await client.POST("/api/v1/batches", { body: { contacts: [jane] } });
const batch = must(uploaded.data, uploaded.error);
const batchShown = await client.GET("/api/v1/batches/{batch_id}", { params: { path: { batch_id: batch.id } } });
console.log(batch.total, batch.rejected, must(batchShown.data, batchShown.error).total);

const credits = await client.GET("/api/v1/credits");
const { balance, total_earned, total_spent } = must(credits.data, credits.error);
console.log(balance === total_earned - total_spent);

const refused = await client.POST("/api/v1/find-email", { body: { ...jane, domain: "nowhere" } });
console.log(refused.response.status, refused.error?.errors?.[0]?.field);
