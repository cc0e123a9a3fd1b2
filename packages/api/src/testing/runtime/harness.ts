import assert from "node:assert/strict";
import type { AnyValue } from "../../any-value.ts";
import type { Container } from "../../container.ts";
import type { Mount } from "../../mount.ts";
import type { OutputOptions, Process, Stdio } from "../../process.ts";
import type { CreateRequest, Runtime, RuntimeEvent } from "../../runtime.ts";
import { processToAny, specToAny } from "../../spec/any.ts";
import type { OciProcess, OciSpec } from "../../spec/oci.ts";
import type { CaseContext, Harness } from "../suite.ts";

/** What a program of the harness's root file system does; how it is done is the platform's matter. */
export type TestProgram =
  /** Ends with `status`, after `afterMs` if that is given. */
  | { readonly does: "exit"; readonly status: number; readonly afterMs?: number }
  /** Runs for longer than any case, until it is killed. */
  | { readonly does: "sleep" }
  /** Ignores SIGTERM, writes `ready` and a newline then, and runs for longer than any case. */
  | { readonly does: "ignore-term" }
  /** Writes `stdout` and `stderr` exactly, and ends with 0; with `thenSleep` it runs on, and SIGTERM ends it with 143. */
  | { readonly does: "print"; readonly stdout?: string; readonly stderr?: string; readonly thenSleep?: boolean }
  /** Writes `bytes` bytes in lines, and ends with 0. */
  | { readonly does: "flood"; readonly bytes: number }
  /** Writes what it reads until the end of its input, and ends with 0. */
  | { readonly does: "copy" }
  /** Writes the value of an environment variable and a newline, and ends with 0. */
  | { readonly does: "print-env"; readonly name: string }
  /** Is not there. */
  | { readonly does: "not-exist" };

/** FIFOs or the like for stdio of kind `pipes`, with their other ends. */
export interface TestPipes extends AsyncDisposable {
  readonly stdio: Extract<Stdio, { kind: "pipes" }>;
  write(data: Uint8Array): Promise<void>;
  closeInput(): Promise<void>;
  /** All that was written to `stdout`, once its writers are gone. */
  readOutput(): Promise<Uint8Array>;
}

/** What the cases of the runtime suite work with: a fresh instance with no containers, on which `load` was called. */
export interface RuntimeHarness extends Harness {
  /** The instance now; another one after {@link reopen}. */
  readonly runtime: Runtime;
  /** Gives mounts that show a root file system with the test programs in it; each may be used many times. */
  makeRootfs(): Promise<readonly Mount[]>;
  /** Gives the whole spec of a container that runs `program`. */
  spec(program: TestProgram, options?: { readonly terminal?: boolean; readonly env?: readonly string[] }): OciSpec;
  /** Gives what an exec of `program` says; it leaves out what it can. */
  process(program: TestProgram, options?: { readonly env?: readonly string[] }): OciProcess;
  /**
   * Opens another instance over what this one left, as after the daemon was killed, and calls `load` on it. What the old
   * one still holds in this process is freed without any orderly end of the containers.
   *
   * @param meanwhile - runs while there is no instance
   */
  reopen(meanwhile?: () => Promise<void>): Promise<Awaited<ReturnType<Runtime["load"]>>>;
  /** Whether a process of the host exists. */
  isAlive(pid: number): boolean;
  /** Names what is on the host of containers that were deleted: mounts, files, processes, cgroups. Empty if all is well. */
  leftovers(): Promise<readonly string[]>;
  /** Absent where the harness has no pipes; then cases about them are skipped. */
  readonly makePipes?: () => Promise<TestPipes>;
}

/** The namespace of cases that do not care. */
export const namespace = "suite";

/** What a case says about a container; the rest is the harness's. */
export interface TestContainer {
  readonly id?: string;
  readonly namespace?: string;
  readonly stdio?: Stdio;
  readonly terminal?: boolean;
  readonly env?: readonly string[];
}

/** Gives a request to create a container that runs `program`. */
export async function requestOf(
  harness: RuntimeHarness,
  program: TestProgram,
  container: TestContainer = {},
): Promise<CreateRequest> {
  const { terminal = false, env = [] } = container;
  return {
    namespace: container.namespace ?? namespace,
    id: container.id ?? "c1",
    spec: specToAny(harness.spec(program, { terminal, env })),
    rootfs: await harness.makeRootfs(),
    stdio: container.stdio ?? { kind: "none" },
  };
}

/** Creates a container that runs `program`. */
export async function createContainer(
  harness: RuntimeHarness,
  program: TestProgram,
  container: TestContainer = {},
): Promise<Container> {
  return harness.runtime.create(await requestOf(harness, program, container));
}

/** Creates and starts a container that runs `program`. */
export async function runContainer(
  harness: RuntimeHarness,
  program: TestProgram,
  container: TestContainer = {},
): Promise<Container> {
  const created = await createContainer(harness, program, container);
  await created.start();
  return created;
}

/** Prepares an exec of `program`. */
export function execProgram(
  harness: RuntimeHarness,
  container: Container,
  exec: {
    readonly id: string;
    readonly program: TestProgram;
    readonly stdio?: Stdio;
    readonly env?: readonly string[];
  },
): Promise<Process> {
  const { id, program, stdio = { kind: "none" }, env } = exec;
  const process = harness.process(program, env === undefined ? {} : { env });
  return container.exec({ id, process: processToAny(process), stdio });
}

/** The bare JSON form of a document, as other container clients send it. */
export function asJson(kind: "Spec" | "Process" | "LinuxResources", document: object): AnyValue {
  const typeUrl = `types.containerd.io/opencontainers/runtime-spec/1/${kind}`;
  return { typeUrl, value: new TextEncoder().encode(JSON.stringify(document)) };
}

/** All that a process wrote, each stream as text. */
export async function outputOf(process: Process, options: OutputOptions = { follow: true }) {
  const streams = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  for await (const frame of process.output(options)) streams[frame.stream].push(frame.data);
  return { stdout: textOf(streams.stdout), stderr: textOf(streams.stderr) };
}

/** Reads what a process writes until `text` was seen in its stdout. */
export async function untilPrinted(process: Process, text: string): Promise<void> {
  const seen: Uint8Array[] = [];
  for await (const frame of process.output({ follow: true })) {
    if (frame.stream === "stdout") seen.push(frame.data);
    if (textOf(seen).includes(text)) return;
  }
  assert.fail(`ended without printing ${JSON.stringify(text)}, but ${JSON.stringify(textOf(seen))}`);
}

/** The container of that id among those that `load` found. */
export function containerIn(found: Awaited<ReturnType<Runtime["load"]>>, id = "c1"): Container {
  const entry = found.find((one) => one.id === id && one.namespace === namespace);
  assert.ok(entry, `load has not found ${id}`);
  if ("error" in entry) throw entry.error;
  return entry.container;
}

/**
 * Notes what the runtime tells of, from now on, as `TYPE NAMESPACE CONTAINER PROCESS STATUS`, and resolves when it has told of
 * the exit of the container `last`. Returns `null` where the runtime has no events; the case is skipped then.
 *
 * @param until - `last` alone, or also `readAfter`, which resolves before what is told is read
 */
export function eventsUntilExit(
  { runtime }: RuntimeHarness,
  context: CaseContext,
  until: string | { readonly last: string; readonly readAfter: Promise<void> },
): Promise<readonly string[]> | null {
  if (runtime.events === undefined) {
    context.skip("the runtime has no events");
    return null;
  }
  const abort = new AbortController();
  const events = runtime.events({ signal: abort.signal });
  const noting =
    typeof until === "string"
      ? noteUntilExit(events, until)
      : until.readAfter.then(() => noteUntilExit(events, until.last));
  return noting.finally(() => abort.abort());
}

async function noteUntilExit(events: AsyncIterable<RuntimeEvent>, last: string): Promise<readonly string[]> {
  const seen: string[] = [];
  for await (const { type, namespace, containerId, processId, exit } of events) {
    seen.push(`${type} ${namespace} ${containerId} ${processId} ${exit?.status}`);
    if (type === "exit" && containerId === last && processId === last) break;
  }
  return seen;
}

/** A case about something that a runtime may lack; it must say so then. */
export function whereCapable(
  capability: keyof Runtime["capabilities"],
  cases: {
    readonly has: (harness: RuntimeHarness, context: CaseContext) => Promise<void>;
    /** Checks that what is lacking answers `unimplemented`. */
    readonly lacks: (harness: RuntimeHarness) => Promise<unknown>;
  },
) {
  return async (harness: RuntimeHarness, context: CaseContext): Promise<void> => {
    if (harness.runtime.capabilities[capability]) {
      await cases.has(harness, context);
      return;
    }
    await cases.lacks(harness);
    context.unimplemented(capability);
  };
}

function textOf(chunks: readonly Uint8Array[]): string {
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const all = new Uint8Array(size);
  let position = 0;
  for (const chunk of chunks) {
    all.set(chunk, position);
    position += chunk.length;
  }
  return new TextDecoder().decode(all);
}
