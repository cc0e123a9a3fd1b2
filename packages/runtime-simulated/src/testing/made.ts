import type { Container, CreateRequest, Process } from "@gantry/api";
import { specToAny } from "@gantry/api/spec";
import type { Turn } from "../programs/program.ts";
import { type ContainerRecord, freshMemory, type ProcessRecord } from "../record.ts";
import type { SimulatedRuntime } from "../runtime.ts";

/** A mount of no files. */
export const nothing = { type: "simulated", source: "nothing", target: "", options: [] } as const;

/** A request for a container that runs `args` and keeps its output. */
export function requestFor(args: readonly string[], change: Partial<CreateRequest> = {}): CreateRequest {
  const spec = specToAny({ ociVersion: "1.0.2", process: { args, cwd: "/", env: ["PATH=/bin"] } });
  return { namespace: "tests", id: "c1", spec, rootfs: [nothing], stdio: { kind: "log" }, ...change };
}

/** Makes such a container and starts it. */
export async function run(runtime: SimulatedRuntime, args: readonly string[], change: Partial<CreateRequest> = {}) {
  const container: Container = await runtime.create(requestFor(args, change));
  await container.start();
  return container;
}

/** What a process has written, both streams in the order they were written, once it has ended. */
export async function textOf(process: Process): Promise<string> {
  const frames = await Array.fromAsync(process.output({ follow: true }));
  return Buffer.concat(frames.map(({ data }) => data)).toString();
}

/** A record of a process that runs `args`. */
export function processRecord(args: readonly string[], change: Partial<ProcessRecord> = {}): ProcessRecord {
  return {
    ...{ id: "c1", args, env: [], cwd: "/", terminal: false, keepsOutput: true, hasInput: true, pid: 5_000_000 },
    ...{ status: "created", exit: null, memory: freshMemory(), wakeAt: null, awaitsInput: false },
    ...{ input: "", isInputClosed: false, ignored: [], pending: [], frames: 0 },
    ...change,
  };
}

/** A record of a container with those processes. */
export function containerRecord(...processes: ProcessRecord[]): ContainerRecord {
  return {
    ...{ namespace: "tests", id: "c1", createdAt: 0, hostname: "host", root: null, files: [] },
    ...{ limits: { memoryBytes: null, pids: null }, isPaused: false, turns: 1, processes },
  };
}

/** A turn of a program, and what it has printed so far: errors behind a `!`. */
export function turnAt(now: number, change: Partial<Turn> = {}) {
  const printed: string[] = [];
  const ignored: number[] = [];
  const turn: Turn = {
    now,
    number: 1,
    hostname: "host",
    env: new Map([["NAME", "value"]]),
    isInputClosed: true,
    takeInput: () => new Uint8Array(),
    print: (stream, data) => printed.push(`${stream === "stderr" ? "!" : ""}${Buffer.from(data).toString()}`),
    ignore: (signal) => ignored.push(signal),
    exists: (path) => path === "/there",
    touch: () => undefined,
    read: (path) => (path === "/there" ? Buffer.from("content\n") : null),
    processes: () => [{ number: 1, args: ["sh", "-c", "x"] }],
    ...change,
  };
  return { turn, printed, ignored };
}
