import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ErrorKind, Exit, ProcessState } from "@gantry/api";
import { type ContainerDriver, type ProcessDriver, requireProperty } from "@gantry/api/kit";
import { type Identity, identityOf, isAlive, readFrames, readJson, sendSignal, writeJson } from "@gantry/api/kit/node";
import { type Program, programOf } from "./program.ts";

const monitor = fileURLToPath(new URL("./monitor.ts", import.meta.url));
const startErrors: Readonly<Record<string, ErrorKind>> = { ENOENT: "not-found", EACCES: "permission-denied" };

/** Makes a process in a directory of its own. What a failure leaves there is nobody's, and goes before the next one. */
export function makeProcess(directory: string, program: Program): HostProcess {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  writeJson(`${directory}/program.json`, program);
  return new HostProcess(directory, program);
}

/** Finds a process again. Without its program a directory is nobody's, and goes: the making or removal came to no end. */
export function findProcess(directory: string): HostProcess | undefined {
  const program = readJson<Program>(`${directory}/program.json`);
  if (program === undefined) rmSync(directory, { recursive: true });
  return program && new HostProcess(directory, program);
}

/** A process that is known by its files alone, so that the next instance of the runtime knows as much as this one. */
export class HostProcess implements ProcessDriver {
  readonly program: Program;
  readonly readOutput: ProcessDriver["readOutput"];
  readonly #directory: string;

  constructor(directory: string, program: Program) {
    this.#directory = directory;
    this.program = program;
    if (program.keepsOutput) this.readOutput = (from) => readFrames(`${directory}/output.jsonl`, from);
  }

  async look(): Promise<ProcessState> {
    for (;;) {
      // Looked at first: a monitor writes the exit before it ends.
      const hasMonitor = isAlive(this.#read("monitor"));
      const exit = this.#read<Exit>("exit");
      if (exit && !hasMonitor) {
        return { status: "stopped", pid: null, exit: { ...exit, exitedAt: new Date(exit.exitedAt) } };
      }
      if (!exit && !this.#read("monitor")) return { status: "created", pid: null, exit: null };
      const running = this.#read<Identity>("running");
      if (running && !exit && (hasMonitor || isAlive(running))) {
        return { status: "running", pid: running.pid, exit: null };
      }
      if (hasMonitor) await setTimeout(5);
      else this.#recordEnd(255, running?.pid);
    }
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [monitor, this.#directory], { detached: true, stdio: "ignore" });
    child.once("error", () => undefined).unref();
    requireProperty("process", child.pid, { kind: "resource-exhausted", detail: "no process can be started" });
    writeJson(`${this.#directory}/monitor.json`, identityOf(child.pid));
    await this.look();
    const { errno } = this.#read<{ errno?: string }>("exit") ?? {};
    const kind = startErrors[errno ?? ""] ?? "internal";
    requireProperty("process.args", errno === undefined, { kind, detail: `${this.program.args[0]}: ${errno}` });
  }

  async signal(number: number, all: boolean): Promise<boolean> {
    const { status, pid } = await this.look();
    if (status === "created") this.#recordEnd(128 + number);
    return status === "created" || (pid !== null && sendSignal(all ? -pid : pid, number));
  }

  /** Removes first the file without which the others are nobody's, whatever happens in between. */
  remove(): void {
    rmSync(`${this.#directory}/program.json`);
    rmSync(this.#directory, { recursive: true });
  }

  /** A container: its own process, and the execs, which have their directories in its own. */
  asContainer(): ContainerDriver {
    const [directory, own] = [this.#directory, this.program];
    const names = readdirSync(directory).filter((name) => name.startsWith("exec-"));
    const execs = names.flatMap((name) => findProcess(`${directory}/${name}`) ?? []);
    execs.sort((a, b) => a.program.createdAt - b.program.createdAt);
    return {
      init: this,
      createdAt: new Date(own.createdAt),
      execs: new Map(execs.map((exec) => [exec.program.id, exec])),
      exec: ({ id, process, stdio }) =>
        makeProcess(`${directory}/exec-${id}`, programOf(process, stdio, { ...own, id, leader: directory })),
    };
  }

  /** Writes the end of a process that no monitor can tell of. */
  #recordEnd(status: number, pid = 0): void {
    writeJson(`${this.#directory}/exit.json`, { pid, status, exitedAt: new Date(), oomKilled: false });
  }

  #read<T = Identity>(name: string): T | undefined {
    return readJson<T>(`${this.#directory}/${name}.json`);
  }
}
