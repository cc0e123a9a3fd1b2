import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type ErrorKind, OperationError } from "@gantry/api";
import type { ContainerName, HostEntry, SimulatedHost } from "./host.ts";
import type { ContainerRecord, Frame } from "./record.ts";

/**
 * Keeps containers in a directory: one for each, with its record and, for each process, the lines of its output. The
 * record is written last and at once, so that it is what counts. Nothing is synced: a reboot ends simulations.
 */
export class DirectoryHost implements SimulatedHost {
  readonly description: string;

  /** @param directory - absolute path of an existing directory */
  constructor(directory: string) {
    this.description = directory;
  }

  load(): readonly HostEntry[] {
    return attempt("cannot be read", () => readdirSync(this.description)).flatMap((entry) => {
      const [namespace, id, ...others] = entry.replaceAll("=", "").split("+");
      if (namespace === undefined || id === undefined || others.length > 0) return [];
      if (!existsSync(join(this.description, entry, "record.json"))) {
        // Of a container that was being made, or removed.
        this.remove({ namespace, id });
        return [];
      }
      return [{ namespace, id, ...this.#loadOne({ namespace, id }) }];
    });
  }

  save(name: ContainerName, json: string, added: ReadonlyMap<string, readonly Frame[]>): void {
    const directory = this.#directoryOf(name);
    attempt("cannot be kept", () => {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      for (const [id, frames] of added) {
        appendFileSync(outputOf(directory, id), frames.map(lineOf).join(""), { mode: 0o600 });
      }
      const fresh = join(directory, "record.new");
      writeFileSync(fresh, json, { mode: 0o600 });
      renameSync(fresh, join(directory, "record.json"));
    });
  }

  removeOutput(name: ContainerName, processId: string): void {
    attempt("cannot be removed", () => rmSync(outputOf(this.#directoryOf(name), processId), { force: true }));
  }

  remove(name: ContainerName): void {
    const directory = this.#directoryOf(name);
    attempt("cannot be removed", () => {
      // First, so that half of a container is none.
      rmSync(join(directory, "record.json"), { force: true });
      rmSync(directory, { recursive: true, force: true });
    });
  }

  #loadOne(name: ContainerName) {
    const directory = this.#directoryOf(name);
    try {
      // Written by `save`; what else may be there shows when it is used, and concerns this container alone.
      const record: ContainerRecord = JSON.parse(readFileSync(join(directory, "record.json"), "utf8"));
      const output = new Map(record.processes.map(({ id, frames }) => [id, readOutput(directory, id, frames)]));
      return { record, output };
    } catch (error) {
      const subject = { type: "container", id: name.id } as const;
      return { error: new OperationError("data-loss", subject, "its record cannot be read", { cause: error }) };
    }
  }

  #directoryOf({ namespace, id }: ContainerName): string {
    return join(this.description, `${escaped(namespace)}+${escaped(id)}`);
  }
}

/** Returns the frames that count; a crash may have left more behind them, which the simulation writes again. */
function readOutput(directory: string, processId: string, count: number): Frame[] {
  if (count === 0) {
    rmSync(outputOf(directory, processId), { force: true });
    return [];
  }
  const lines = readFileSync(outputOf(directory, processId), "utf8").split("\n");
  const frames = lines.slice(0, count).map(frameOf);
  if (lines.slice(count).join("") !== "") writeFileSync(outputOf(directory, processId), frames.map(lineOf).join(""));
  return frames;
}

function lineOf({ stream, data, at }: Frame): string {
  return `${stream} ${at} ${Buffer.from(data).toString("base64")}\n`;
}

function frameOf(line: string): Frame {
  const [stream, at, data = ""] = line.split(" ");
  return { stream: stream === "stderr" ? "stderr" : "stdout", at: Number(at), data: Buffer.from(data, "base64") };
}

function outputOf(directory: string, processId: string): string {
  return join(directory, `${escaped(processId)}.output`);
}

/** Marks capital letters, since some file systems take them for small ones. */
function escaped(id: string): string {
  return id.replaceAll(/[A-Z]/g, "=$&");
}

const kinds = new Map<unknown, ErrorKind>([
  ["ENOSPC", "resource-exhausted"],
  ["EDQUOT", "resource-exhausted"],
  ["EACCES", "permission-denied"],
  ["EPERM", "permission-denied"],
]);

function attempt<T>(detail: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const subject = { type: "runtime", id: "simulated" } as const;
    throw new OperationError(kinds.get(code) ?? "internal", subject, `${detail}: ${String(error)}`, { cause: error });
  }
}
