// Runs the script for Google Sheets with Google's services played: a sheet in memory, and requests that block.
//
// node apps_script.mjs, with LEADRUN_URL and LEADRUN_API_KEY; the script and the sheet come on standard input.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const { script, sheet } = JSON.parse(readFileSync(0, "utf8"));
const FETCH = `
  const { url, method, headers, contentType, payload } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  fetch(url, { method, headers: { ...headers, ...(contentType && { "content-type": contentType }) }, body: payload })
    .then(async (answer) => console.log(JSON.stringify([answer.status, await answer.text(), [...answer.headers]])));
`;
const properties = (known) => ({
  getProperty: (name) => known[name] ?? null,
  setProperty: (name, value) => (known[name] = value),
  deleteProperty: (name) => delete known[name],
});
const kept = {};
const document = properties(kept);
const range = (row, column) => ({
  setValues: (values) => values.forEach(([value], index) => ((sheet[row - 1 + index] ??= [])[column - 1] = value)),
});

Object.assign(globalThis, {
  PropertiesService: {
    getScriptProperties: () => properties({ LEADRUN_API_KEY: process.env.LEADRUN_API_KEY }),
    getDocumentProperties: () => document,
  },
  SpreadsheetApp: {
    getUi: () => ({ createMenu: () => ({ addItem: (_, name) => ({ addToUi: () => (globalThis.chosen = name) }) }) }),
    getActiveSheet: () => ({ getDataRange: () => ({ getDisplayValues: () => sheet.map((row) => [...row]) }), getRange: range }),
  },
  UrlFetchApp: {
    fetch: (url, options) => {
      const asked = spawnSync(process.execPath, ["-e", FETCH], { input: JSON.stringify({ url, ...options }), encoding: "utf8" });
      const [status, text, headers] = JSON.parse(asked.stdout);
      return { getResponseCode: () => status, getContentText: () => text, getHeaders: () => Object.fromEntries(headers) };
    },
  },
  Utilities: { sleep: (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.min(ms, 300)) },
});

const { onOpen, ...choices } = new Function(`${script}; return { onOpen, lookUp };`)();
onOpen();
choices[globalThis.chosen]();
console.log(JSON.stringify({ sheet, kept }));
