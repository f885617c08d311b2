// Keeps on disk what became of each contact of `enrichMany`, so that a program that was killed goes on where it was.

import { ResumeFileError } from "./errors.js";
import { fileSystem } from "./files.js";
import type { RunData } from "./models.js";

// Not that of other clients, whose idempotency keys are made in another way.
const KIND = "leadrun-resume-js";
const VERSION = 1;
// Files in use by this process, whose own number a lock does not tell from that of a process before a restart.
const IN_USE = new Set<string>();

interface Entry {
  key: string;
  runId: string;
  run?: RunData;
}

/**
 * A file with a line for each step: which run a key was accepted as, and the run when it has ended.
 *
 * It is only ever appended to. A last line that was cut off is dropped: the idempotency key of its contact finds the
 * run again.
 */
export class Journal {
  /** Goes into every idempotency key of this list. */
  salt: string;
  readonly #known = new Map<string, Entry>();
  #write: ((entry: object) => void) | undefined;
  #close: (() => void) | undefined;

  /** @param fresh Whether a new list asks for runs of its own, even where the same contacts were submitted today. */
  constructor(fresh: boolean) {
    this.salt = fresh ? crypto.randomUUID() : "";
  }

  /**
   * Open or make the file.
   *
   * @throws ResumeFileError: the file is something else, damaged or used by another list.
   */
  async open(path: string): Promise<void> {
    const fs = await fileSystem("Resuming");
    const unlock = lock(fs, path);
    try {
      const file = fs.openSync(path, "a+");
      this.#close = () => {
        fs.closeSync(file);
        unlock();
      };
      const content = fs.readFileSync(path);
      const whole = this.#read(content, path);
      fs.ftruncateSync(file, whole);
      // One write a line: a kill leaves whole lines, but for the last one.
      this.#write = (entry) => void fs.writeSync(file, `${JSON.stringify(entry)}\n`);
      if (!whole) this.#write({ kind: KIND, version: VERSION, salt: this.salt });
    } catch (error) {
      if (this.#close) this.close();
      else unlock();
      if (error instanceof ResumeFileError) throw error;
      throw new ResumeFileError(`The resume file ${path} cannot be opened: ${(error as Error).message}`);
    }
  }

  /** Read the lines; returns how many bytes of them are whole. */
  #read(content: Uint8Array, path: string): number {
    const whole = content.lastIndexOf(10) + 1;
    const decoder = new TextDecoder();
    const lines = whole ? decoder.decode(content.subarray(0, whole)).split("\n").slice(0, -1) : [];
    const head = `{"kind":"${KIND}"`;
    const begins = decoder.decode(content.subarray(0, head.length));
    const notOurs = `${path} is not a resume file; name another file, which need not exist.`;
    if (!lines.length && !head.startsWith(begins)) throw new ResumeFileError(notOurs);
    lines.forEach((line, index) => {
      if (!this.#note(line, index === 0))
        throw new ResumeFileError(
          index ? `Line ${index + 1} of the resume file ${path} is damaged; delete that line.` : notOurs,
        );
    });
    return whole;
  }

  /** Read a line; returns whether it is one of a journal. */
  #note(line: string, first: boolean): boolean {
    try {
      const entry = JSON.parse(line);
      if (first) {
        this.salt = String(entry.salt);
        return entry.kind === KIND && entry.version === VERSION;
      }
      if (typeof entry.key !== "string" || typeof entry.runId !== "string") return false;
      this.#known.set(entry.key, entry);
      return true;
    } catch {
      return false;
    }
  }

  /** Return what is known of a key: the run that it was accepted as, and that run if it has ended. */
  known(key: string): Entry | undefined {
    return this.#known.get(key);
  }

  /** Keep that a key was accepted, or with `run` what it came to. */
  note(key: string, runId: string, run?: RunData): void {
    this.#write?.({ key, runId, ...(run && { run }) });
  }

  /** Close the file, which another list may use then. */
  close(): void {
    this.#close?.();
    this.#close = this.#write = undefined;
  }
}

/** Keep other lists from the file, by a file next to it that names the process; returns what ends that. */
function lock(fs: typeof import("node:fs"), path: string): () => void {
  const name = `${path}.lock`;
  const real = fs.existsSync(path) ? fs.realpathSync(path) : path;
  if (IN_USE.has(real)) throw inUse(path, name);
  for (let tries = 0; ; tries += 1) {
    try {
      fs.writeFileSync(name, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if ((error as { code?: string }).code !== "EEXIST" || tries)
        throw new ResumeFileError(`The resume file ${path} cannot be locked: ${(error as Error).message}`);
      if (isAlive(Number(fs.readFileSync(name, "utf8")))) throw inUse(path, name);
      // Its process was killed.
      fs.rmSync(name, { force: true });
    }
  }
  IN_USE.add(real);
  return () => {
    IN_USE.delete(real);
    fs.rmSync(name, { force: true });
  };
}

function inUse(path: string, name: string): ResumeFileError {
  return new ResumeFileError(
    `The resume file ${path} is used by another list; wait for it to end. If there is none, delete ${name}.`,
  );
}

function isAlive(pid: number): boolean {
  if (!pid || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}
