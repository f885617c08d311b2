// Runs the nodes as n8n does, with n8n played at its edge: parameters, credentials, requests, binary data, static data.
//
// node scenarios.mjs NODES NAME ARGUMENT…, with LEADRUN_URL and LEADRUN_API_KEY; NODES is the folder of the bundled nodes.

import { createServer } from "node:http";
import { createRequire } from "node:module";

const [folder, name, ...more] = process.argv.slice(2);
const load = createRequire(import.meta.url);
const { Leadrun } = load(`${folder}/Leadrun.node.js`);
const { LeadrunTrigger } = load(`${folder}/LeadrunTrigger.node.js`);
const { LeadrunApi } = load(`${folder}/LeadrunApi.credentials.js`);
const credentials = { url: `${process.env.LEADRUN_URL}/`, apiKey: process.env.LEADRUN_API_KEY };
const say = (value) => console.log(JSON.stringify(value));

// An expression of n8n: `=text {{ code }}`.
function resolved(text) {
  if (!text.startsWith("=")) return text;
  return text.slice(1).replace(/{{(.*?)}}/g, (_, code) => new Function("$credentials", `return ${code}`)(credentials));
}

// n8n's request helper: axios with the credential's headers.
async function request(_, options) {
  const headers = { ...options.headers };
  for (const [header, value] of Object.entries(new LeadrunApi().authenticate.properties.headers)) headers[header] = resolved(value);
  const query = new URLSearchParams(options.qs).toString();
  const answer = await fetch(options.url + (query && `?${query}`), { method: options.method, headers, body: options.body });
  const body = Buffer.from(await answer.arrayBuffer());
  return { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body };
}

function context({ items = [{}], parameters = {}, execution = "1", continues = false, statics = {}, more = {} } = {}) {
  return {
    getInputData: () => items.map((json) => ({ json })),
    getNodeParameter: (parameter, index, absent) => {
      const given = parameters[parameter] ?? (typeof index === "number" ? items[index]?.[parameter] : undefined);
      if (given === undefined && absent === undefined) throw new Error(`The parameter ${parameter} is missing.`);
      return given ?? absent;
    },
    getCredentials: async () => credentials,
    getNode: () => ({ id: "node-1", name: "Leadrun" }),
    getExecutionId: () => execution,
    continueOnFail: () => continues,
    getWorkflowStaticData: () => statics,
    getWorkflow: () => ({ name: "Leads" }),
    helpers: {
      httpRequestWithAuthentication: request,
      assertBinaryData: (index, property) => items[index][property],
      getBinaryDataBuffer: async (index, property) => Buffer.from(items[index][property].text),
      prepareBinaryData: async (buffer, fileName, mimeType) => ({ text: buffer.toString(), fileName, mimeType }),
      returnJsonArray: (array) => array.map((json) => ({ json })),
    },
    ...more,
  };
}

const run = async (given) => (await new Leadrun().execute.call(context(given)))[0];
const thrown = (given) => run(given).then(() => "nothing", (error) => [error.name, error.message, error.context.itemIndex]);
const contact = (operation, parameters = {}) => ({ resource: "contact", operation, ...parameters });
const PEOPLE = [
  { fullName: "Magic Found", companyDomain: "acme.example" },
  { fullName: "Magic Missing", companyDomain: "acme.example" },
  { firstName: "Jane", lastName: "Smith", companyDomain: "initech.example", options: { metadata: '{"row": 3}', waterfall: "cheapest" } },
];
const CSV = "id,full_name,domain\n7,Magic Found,acme.example\n8,Magic Missing,acme.example\n";
const FILE = { data: { fileName: "people.csv", mimeType: "application/octet-stream", text: CSV } };

const SCENARIOS = {
  async action() {
    const { baseURL, url } = new LeadrunApi().test.request;
    const tested = await request(null, { method: "GET", url: resolved(baseURL) + url });
    const found = await run({ items: PEOPLE, parameters: contact("findEmail") });
    const both = await run({ items: [PEOPLE[0]], parameters: contact("enrich", { enrichmentType: "all", simplify: false }) });
    const refresh = { items: [{ ...PEOPLE[0], options: { forceRefresh: true } }], parameters: contact("findPhone") };
    const [first] = await run(refresh);
    const [repeated] = await run(refresh);
    const [another] = await run({ ...refresh, execution: "2" });
    const bad = [...PEOPLE, {}, { fullName: "Ada", options: { providers: "nobody" } }, { fullName: "A", options: { metadata: "[" } }];
    const kept = await run({ items: bad, parameters: contact("findEmail"), continues: true });
    say({
      tested: tested.statusCode,
      found: found.map(({ json, pairedItem }) => [pairedItem.item, json.email ?? json.resultStatus, json.metadata]),
      both: [both[0].json.result.email, both[0].json.result.phone.slice(0, 2), both[0].json.enrichmentType],
      repeated: [repeated.json.runId === first.json.runId, another.json.runId === first.json.runId],
      errors: kept.map(({ json }) => "error" in json),
      empty: (await thrown({ items: [PEOPLE[0], {}], parameters: contact("findEmail") })).slice(0, 3),
      refused: await thrown({ items: [{ fullName: "Ada", options: { maxCostUsd: -1 } }], parameters: contact("findEmail") }),
      run: (await run({ parameters: { resource: "run", operation: "get", runId: ` ${first.json.runId}` } }))[0].json.status,
      unknown: (await thrown({ parameters: { resource: "run", operation: "get", runId: "nothing" } }))[0],
      credits: Object.keys((await run({ parameters: { resource: "account", operation: "credits" } }))[0].json),
    });
  },

  async batch() {
    const parameters = { resource: "batch", operation: "create", binaryProperty: "data", fields: ["email"] };
    const rows = await run({ items: [FILE], parameters: { ...parameters, output: "rows" } });
    const [file] = await run({ items: [FILE], parameters: { ...parameters, output: "csv" } });
    const [batch] = await run({ items: [FILE], parameters: { ...parameters, output: "batch" } });
    const strict = { ...parameters, output: "rows", options: { strict: true } };
    const bad = { data: { ...FILE.data, text: `${CSV}9,,\n` } };
    say({
      rows: rows.map(({ json, pairedItem }) => [json.id, json.email, pairedItem.item]),
      file: [file.binary.data.mimeType, file.binary.data.text.includes("magic.found@acme.example"), file.json.status],
      once: batch.json.id === file.json.id,
      strict: (await thrown({ items: [bad], parameters: strict }))[0],
    });
  },

  // Registers, hears of an event, refuses what is forged, and is removed.
  async trigger() {
    const node = new LeadrunTrigger();
    const statics = {};
    const heard = Promise.withResolvers ? Promise.withResolvers() : deferred();
    const server = createServer(async (incoming, outgoing) => {
      const chunks = [];
      for await (const chunk of incoming) chunks.push(chunk);
      heard.resolve({ body: Buffer.concat(chunks), headers: incoming.headers });
      outgoing.writeHead(204).end();
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${server.address().port}/`;
    const hooks = (events) =>
      context({ statics, parameters: { events }, more: { getNodeWebhookUrl: () => url, getNodeParameter: () => events } });
    const call = (method, events = ["enrichment.completed"]) => node.webhookMethods.default[method].call(hooks(events));
    const before = [await call("checkExists"), await call("create"), await call("checkExists"), await call("checkExists", ["job.completed"])];
    const [item] = await run({ items: [{ ...PEOPLE[0], options: { forceRefresh: true } }], parameters: contact("findEmail") });
    const event = await heard.promise;
    const webhook = async ({ body, headers }) => {
      const answered = {};
      const response = { status: (status) => ({ json: () => (answered.status = status) }) };
      const request = {
        readRawBody: async () => {
          request.rawBody = body;
        },
      };
      const given = { getRequestObject: () => request, getResponseObject: () => response, getHeaderData: () => headers };
      const said = await node.webhook.call(context({ statics, more: given }));
      return answered.status ?? said.workflowData[0][0].json;
    };
    const believed = await webhook(event);
    const forged = [
      await webhook({ ...event, body: Buffer.concat([event.body, Buffer.from(" ")]) }),
      await webhook({ ...event, headers: { ...event.headers, "webhook-timestamp": "1" } }),
      await webhook({ ...event, headers: {} }),
    ];
    Object.assign(statics, { secret: "whsec_b2xk", secretAt: 0 }); // replaced at the server since
    const replaced = await webhook(event);
    const after = [await call("delete"), await call("delete"), await call("checkExists"), await webhook(event)];
    say({
      before,
      believed: [believed.type, believed.runId === item.json.runId, believed.webhookId === event.headers["webhook-id"]],
      forged,
      replaced: replaced.type,
      after,
    });
    server.close();
  },
};

function deferred() {
  const made = {};
  made.promise = new Promise((resolve) => (made.resolve = resolve));
  return made;
}

await SCENARIOS[name](...more);
