// As for the LeadSonar API: look up one e-mail address while waiting, then e-mail and phone of several contacts.

const url = process.env.LEADRUN_URL ?? "http://127.0.0.1:8000";
const key = process.env.LEADRUN_KEY;
if (!key) throw new Error("Set LEADRUN_KEY to one of the keys that `make up` prints.");
const headers = { "X-API-Key": key, "Content-Type": "application/json" };
const contacts = [
  { first_name: "Jane", last_name: "Smith", domain: "initech.example" },
  { first_name: "Magic", last_name: "Found", domain: "fabrikam.example", company_name: "Fabrikam" },
];

type Found = { email?: string | null; verified?: boolean };
type Contact = { first_name: string; last_name: string; email: string | null; phone: string | null };
type Job = { id: string; status: "processing" | "completed"; contacts?: Contact[] };

async function read<T>(answer: Response): Promise<T> {
  const body = await answer.json();
  if (!answer.ok) throw new Error(`${answer.status}: ${body.error}`);
  return body;
}

const post = (path: string, body: object) =>
  fetch(`${url}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });

// 200 when the look-up has ended; 202 when it takes longer than 30 seconds: the run then goes on at `Location`.
const found = await read<Found>(await post("/find-email", contacts[0]));
console.log(`${found.email} (verified: ${found.verified})`);

let job = await read<Job>(await post("/enrich", { contacts, fields: ["email", "phone"] }));
while (!job.contacts) {
  const answer = await fetch(`${url}/api/v1/enrich/${job.id}`, { headers });
  job = await read<Job>(answer);
  await new Promise((resolve) => setTimeout(resolve, Number(answer.headers.get("Retry-After") ?? 0) * 1000));
}

for (const contact of job.contacts) {
  console.log(`${contact.first_name} ${contact.last_name}: ${contact.email}, ${contact.phone}`);
}
