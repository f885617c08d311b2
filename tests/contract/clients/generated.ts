// Submit, poll, result: with the client that openapi-generator makes for `fetch`.

import { Configuration, EnrichmentApi, type Run, type RunOrJob } from "./generated/index.js";

const { LEADRUN_URL: basePath = "", LEADRUN_KEY: accessToken = "" } = process.env;
const api = new EnrichmentApi(new Configuration({ basePath, accessToken }));

function isRun(shown: RunOrJob): shown is Run {
  return "runId" in shown;
}

const { runId } = await api.enrich({
  enrichBody: { firstName: "Jane", lastName: "Smith", companyDomain: "initech.example", metadata: { crm: { id: 42 } } },
});
for (;;) {
  const shown = await api.getRun({ runId, wait: 10 });
  if (!isRun(shown)) throw new Error("a job");
  if (shown.status === "pending" || shown.status === "processing") continue;
  console.log(shown.status, shown.resultStatus, shown.result?.email, shown.result?.validation?.status);
  console.log(JSON.stringify(shown.metadata));
  break;
}
