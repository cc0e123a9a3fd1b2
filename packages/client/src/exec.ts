import { type CallOptions, type Exit, isOperationError, OperationError } from "@gantry/api";
import { buildProcess, type ExecOptions as ProcessOptions, processToAny, specFromAny } from "@gantry/api/spec";
import { exitFromMessage, stdioToMessage } from "@gantry/api/wire";
import type { RawClients } from "./raw.ts";
import { type Output, type RemoteProcess, remoteProcess } from "./remote-process.ts";
import { anyFromMessage, anyToMessage } from "./values.ts";

/** What `ContainersClient.exec` runs. What is absent is as in the container's own process. */
export interface ExecRequest extends Omit<ProcessOptions, "base">, CallOptions {
  /** Identifier of the exec, unique within the container. Default: a random one. */
  readonly execId?: string;
  /** Whether standard input is what `writeStdin` gives; empty input otherwise. Default: false. */
  readonly stdin?: boolean;
}

/** A process that was added to a container and started. */
export interface RunningExec extends RemoteProcess, AsyncDisposable {
  /** Everything it writes, from the first byte on; for one reader. `output()` serves any number. */
  readonly frames: Output;

  /**
   * Removes what the daemon keeps of it.
   *
   * @returns how it ended, or `null` if it never ran
   *
   * Rejects with
   * - `not-found`: it was deleted already
   * - `failed-precondition`: it runs
   */
  delete(options?: CallOptions): Promise<Exit | null>;
}

/** Makes an exec and starts it, by one call; after a failure nothing of it remains. */
export async function startExec(clients: RawClients, id: string, request: ExecRequest): Promise<RunningExec> {
  const { execId = randomId(), stdin = false, signal, ...rest } = request;
  const options = signal === undefined ? {} : { signal };
  const process = buildProcess(
    rest.env === undefined ? rest : { ...rest, base: await processOf(clients, id, options) },
  );
  const stdio = stdioToMessage({ kind: "log", stdin });
  const create = { id, execId, process: anyToMessage(processToAny(process)), stdio, start: true };
  const { started } = await clients.containers.createExec(create, options);
  const handle = remoteProcess(clients, id, execId);
  const drop = async () => {
    const { exit } = await clients.containers.deleteExec({ id, execId });
    return exit === undefined ? null : exitFromMessage(exit);
  };
  if (!started) await startCreated(clients, { id, execId, drop, options });
  // Output is kept from its first byte on, so a reader may come later than the program.
  const frames = handle.output({ follow: true });
  return {
    ...handle,
    frames,
    delete: drop,
    async [Symbol.asyncDispose]() {
      await frames.return?.();
      await handle.kill("SIGKILL").catch(ignoreEnded);
      await drop().catch(ignoreEnded);
    },
  };
}

interface CreatedExec {
  readonly id: string;
  readonly execId: string;
  readonly options: CallOptions;
  drop(): Promise<unknown>;
}

/** For a daemon that is older than the start by CreateExec. */
async function startCreated(clients: RawClients, { id, execId, options, drop }: CreatedExec): Promise<void> {
  try {
    await clients.containers.startExec({ id, execId }, options);
  } catch (error) {
    throw await withCleanup(error, drop);
  }
}

/** 12 hexadecimal digits, as people know them from other engines. */
export function randomId(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(6));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Undoes what `error` interrupted, and returns the error to throw: with what failed meanwhile, if anything did. */
export async function withCleanup(error: unknown, undo: () => Promise<unknown>): Promise<unknown> {
  try {
    await undo();
    return error;
  } catch (cleanup) {
    if (isOperationError(cleanup, "not-found") || !isOperationError(error)) {
      return error;
    }
    const { kind, subject, detail, cause } = error;
    return new OperationError(kind, subject, detail, { cause, cleanup: [...error.cleanup, cleanup] });
  }
}

/** Lets pass what means that a process has ended or is gone. */
export function ignoreEnded(error: unknown): void {
  if (!isOperationError(error, "not-found", "failed-precondition")) {
    throw error;
  }
}

/** A single variable of an environment can be changed only with the others at hand. */
async function processOf(clients: RawClients, id: string, options: CallOptions) {
  const { container } = await clients.containers.getContainer({ id }, options);
  const spec = container?.container?.spec;
  return spec === undefined ? {} : (specFromAny(anyFromMessage(spec)).process ?? {});
}
