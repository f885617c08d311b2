// Reads and writes files, where the runtime has any: Node, Deno and Bun, not browsers.

import { ConfigurationError, LeadrunError } from "./errors.js";

// Named at run time, so that bundlers for browsers look for no such module.
const FS = "node:fs";

/** Return the file system, or throw a ConfigurationError in a browser. */
export async function fileSystem(what: string): Promise<typeof import("node:fs")> {
  try {
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ FS);
  } catch {
    throw new ConfigurationError(`${what} needs files, which this runtime has not.`);
  }
}

/** Read a file, or throw a ConfigurationError. */
export async function readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const fs = await fileSystem(`Reading ${path}`);
  try {
    return new Uint8Array(await fs.promises.readFile(path));
  } catch (error) {
    throw new ConfigurationError(`${path} cannot be read: ${(error as Error).message}`);
  }
}

/** Write a body to a file, which appears when it is whole. */
export async function writeFile(path: string, body: ReadableStream<Uint8Array>): Promise<void> {
  const fs = await fileSystem(`Writing ${path}`);
  const part = `${path}.part`;
  const unwritable = (error: unknown) => {
    throw new LeadrunError(`${path} cannot be written: ${(error as Error).message}`);
  };
  const file = await fs.promises.open(part, "w").catch(unwritable);
  try {
    const reader = body.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read())
      await file.writeFile(next.value).catch(unwritable);
  } finally {
    await file.close();
  }
  await fs.promises.rename(part, path).catch(unwritable);
}
