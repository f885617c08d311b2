// Receive events of leadrun so that none is lost and none counts twice: verify, keep, answer at once, work later.
//
// Needs Node 22.18 or newer and `npm install standardwebhooks`. WEBHOOK_SECRET is the secret that leadrun signs with.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { Webhook } from "standardwebhooks";

const secret = process.env.WEBHOOK_SECRET;
if (!secret) throw new Error("Set WEBHOOK_SECRET to that of GET /api/v1/webhooks/secret.");
const LARGEST = 1024 * 1024;

const webhook = new Webhook(secret);
const database = new DatabaseSync(process.env.INBOX ?? "inbox.sqlite", { timeout: 5000 }); // ms, while others look
database.exec("CREATE TABLE IF NOT EXISTS inbox (id TEXT PRIMARY KEY, body TEXT, handled INTEGER DEFAULT 0)");
const insert = database.prepare("INSERT INTO inbox (id, body) VALUES (?, ?) ON CONFLICT DO NOTHING");
const waiting = database.prepare("SELECT id, body FROM inbox WHERE NOT handled ORDER BY rowid LIMIT 1");
const handled = database.prepare("UPDATE inbox SET handled = 1 WHERE id = ?");

// What your application does with an event.
async function handle(event: any): Promise<void> {
  if (event.type === "enrichment.completed" && event.resultStatus === "found") {
    console.log(event.type, event.runId, event.result.email);
  } else {
    console.log(event.type, event.runId);
  }
}

// Handles what was kept and not handled yet, also before a restart.
let working = false;
async function work(): Promise<void> {
  if (working) return;
  working = true;
  for (let next = waiting.get(); next; next = waiting.get()) {
    await handle(JSON.parse(String(next.body)));
    handled.run(next.id);
  }
  working = false;
}

// The bytes as they arrived, for only they are signed; undefined when there are too many.
async function read(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > LARGEST) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

// Any 2xx means that an event arrived, anything else makes it try again.
async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await read(request);
  if (!body) return void response.writeHead(413).end();
  try {
    webhook.verify(body, request.headers as Record<string, string>, { jsonParse: false });
  } catch {
    return void response.writeHead(401).end();
  }
  insert.run(String(request.headers["webhook-id"]), body.toString()); // once: a repeat has the same id
  response.writeHead(204).end();
  void work();
}

const server = createServer((request, response) => {
  receive(request, response).catch(() => response.writeHead(500).end());
});
server.requestTimeout = 10_000;
server.listen(Number(process.env.PORT ?? 8765), "127.0.0.1", () => {
  console.log(`webhookUrl: http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  void work();
});
