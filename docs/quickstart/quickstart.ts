// Look up one contact: submit it, poll until its run has ended, use the result.
//
// The package @leadrun/client does the same in one call, and survives lost connections; see docs/clients.md.

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

const unreachable = (error: Error & { cause?: Error }) =>
  fail(`No leadrun answers at ${url} (${error.cause?.message || error.message}); start one with \`make up\`, or set LEADRUN_URL.`);

const url = process.env.LEADRUN_URL ?? "http://127.0.0.1:8000";
const key = process.env.LEADRUN_KEY || fail("Set LEADRUN_KEY to one of the keys that `make up` prints.");
const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
const contact = {
  firstName: "Jane",
  lastName: "Smith",
  companyDomain: "initech.example",
  linkedInUrl: "https://www.linkedin.com/in/janesmith",
  enrichmentType: "email",
};

type Run = {
  runId: string;
  status: "pending" | "processing" | "completed" | "failed" | "cancelled";
  resultStatus?: "found" | "not_found" | "error" | null;
  result?: { email: string; confidence: number; provider: string; validation: { status: string } } | null;
  error?: { code: string; message: string };
};

// Calls the API; without an answer the script ends with one sentence.
function call(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url + path, { ...init, headers }).catch(unreachable);
}

async function read(answer: Response): Promise<Run> {
  const body = await answer.json();
  return answer.ok ? body : fail(`${answer.status}: ${body.error}`);
}

// 202: a run that goes on. 200: the finished run of a duplicate, which costs nothing.
let answer = await call("/api/v1/enrich", { method: "POST", body: JSON.stringify(contact) });
let run = await read(answer);

while (!["completed", "failed", "cancelled"].includes(run.status)) {
  const seconds = Number(answer.headers.get("Retry-After") ?? 2);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  answer = await call(`/api/v1/enrich/${run.runId}`);
  run = await read(answer);
}

if (run.resultStatus === "found" && run.result) {
  console.log(`E-mail: ${run.result.email} (${run.result.validation.status})`);
  console.log(`Confidence: ${run.result.confidence}`);
  console.log(`Provider: ${run.result.provider}`);
} else if (run.resultStatus === "not_found") {
  console.log("No provider knows an address.");
} else {
  console.log(`No answer: ${run.error?.message ?? run.status}`);
}
