// As for the LeadSonar API: look up one e-mail address while waiting, then e-mail and phone of several contacts.
//
// The package @leadrun/client does the same in one call each; see docs/clients.md.

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

const unreachable = (error: Error & { cause?: Error }) =>
  fail(`No leadrun answers at ${url} (${error.cause?.message || error.message}); start one with \`make up\`, or set LEADRUN_URL.`);

const url = process.env.LEADRUN_URL ?? "http://127.0.0.1:8000";
const key = process.env.LEADRUN_KEY || fail("Set LEADRUN_KEY to one of the keys that `make up` prints.");
const headers = { "X-API-Key": key, "Content-Type": "application/json" };
const contacts = [
  { first_name: "Jane", last_name: "Smith", domain: "initech.example" },
  { first_name: "Magic", last_name: "Found", domain: "fabrikam.example", company_name: "Fabrikam" },
];

type Found = { email?: string | null; verified?: boolean };
type Contact = { first_name: string; last_name: string; email: string | null; phone: string | null };
type Job = { id: string; status: "processing" | "completed"; contacts?: Contact[] };

// Calls the API; without an answer the script ends with one sentence.
function call(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url + path, { ...init, headers }).catch(unreachable);
}

async function read<T>(answer: Response): Promise<T> {
  const body = await answer.json();
  return answer.ok ? body : fail(`${answer.status}: ${body.error}`);
}

const post = (path: string, body: object) => call(`/api/v1${path}`, { method: "POST", body: JSON.stringify(body) });

// 200 when the look-up has ended; 202 when it takes longer than 30 seconds: the run then goes on at `Location`.
const found = await read<Found>(await post("/find-email", contacts[0]));
console.log(`${found.email} (verified: ${found.verified})`);

let job = await read<Job>(await post("/enrich", { contacts, fields: ["email", "phone"] }));
while (!job.contacts) {
  const answer = await call(`/api/v1/enrich/${job.id}`);
  job = await read<Job>(answer);
  await new Promise((resolve) => setTimeout(resolve, Number(answer.headers.get("Retry-After") ?? 0) * 1000));
}

for (const contact of job.contacts) {
  console.log(`${contact.first_name} ${contact.last_name}: ${contact.email}, ${contact.phone}`);
}
