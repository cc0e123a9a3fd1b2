import { OperationError, type Subject } from "@gantry/api";
import type { Bundle } from "./bundle.ts";
import type { Host, ProgramResult } from "./host.ts";
import { ociFailure } from "./oci-log.ts";

/** How long each verb may take before it is killed. A hanging OCI runtime holds up its own container only. */
export interface OciDeadlines {
  readonly createMs: number;
  readonly startMs: number;
  readonly killMs: number;
  readonly deleteMs: number;
  /** For `pause`, `resume` and `update`. */
  readonly changeMs: number;
  readonly checkpointMs: number;
  /** For the start of a container that was made of a checkpoint. */
  readonly restoreMs: number;
}

export const defaultDeadlines: OciDeadlines = {
  createMs: 30_000,
  startMs: 30_000,
  killMs: 5_000,
  deleteMs: 10_000,
  changeMs: 10_000,
  // They write and read all the memory of a container.
  checkpointMs: 60_000,
  restoreMs: 60_000,
};

/** What the verbs need to know. */
export interface OciRuntimeOptions {
  readonly host: Host;
  /** Absolute path of the program. */
  readonly program: string;
  /** Absolute path of the directory where it keeps its state. */
  readonly root: string;
  readonly deadlines: OciDeadlines;
}

/** One call of the OCI runtime's command line (OCI runtime specification, runtime.md, "Operations"; runc(8)). */
interface Verb {
  readonly name: string;
  readonly args?: readonly string[];
  readonly deadlineMs: number;
}

/** The OCI runtime's verbs, as programs run for one container each. `create` and `exec` are conmon's to run. */
export class OciRuntime {
  readonly program: string;
  readonly deadlines: OciDeadlines;
  readonly #host: Host;
  readonly #root: string;

  constructor(options: OciRuntimeOptions) {
    this.program = options.program;
    this.deadlines = options.deadlines;
    this.#host = options.host;
    this.#root = options.root;
  }

  /** Arguments that come before every verb. */
  globalArgs(logPath: string): readonly string[] {
    return [`--root=${this.#root}`, `--log=${logPath}`, "--log-format=json"];
  }

  /** Rejects as `Process.start`. */
  start(bundle: Bundle): Promise<void> {
    return this.#call(bundle, { name: "start", deadlineMs: this.deadlines.startMs });
  }

  /** Sends `signal` to every process of the container. */
  killAll(bundle: Bundle, signal: number): Promise<void> {
    return this.#call(bundle, { name: "kill", args: ["--all"], deadlineMs: this.deadlines.killMs }, [String(signal)]);
  }

  pause(bundle: Bundle): Promise<void> {
    return this.#call(bundle, { name: "pause", deadlineMs: this.deadlines.changeMs });
  }

  resume(bundle: Bundle): Promise<void> {
    return this.#call(bundle, { name: "resume", deadlineMs: this.deadlines.changeMs });
  }

  /** @param resources - path of a file with the limits as the OCI specification writes them */
  update(bundle: Bundle, resources: string): Promise<void> {
    return this.#call(bundle, {
      name: "update",
      args: [`--resources=${resources}`],
      deadlineMs: this.deadlines.changeMs,
    });
  }

  /**
   * Removes what the OCI runtime has of a container that is stopped, or with `force` in any state.
   *
   * @param options.deadlineMs - for callers with less patience than the deadline of the verb
   */
  async delete(
    bundle: Bundle,
    options: { readonly force?: boolean; readonly deadlineMs?: number | undefined } = {},
  ): Promise<void> {
    const { force, deadlineMs = Number.POSITIVE_INFINITY } = options;
    const args = force ? ["--force"] : [];
    await this.#call(bundle, {
      name: "delete",
      args,
      deadlineMs: Math.max(1, Math.min(deadlineMs, this.deadlines.deleteMs)),
    });
  }

  async #call(bundle: Bundle, verb: Verb, operands: readonly string[] = []): Promise<void> {
    const subject: Subject = { type: "container", id: bundle.id };
    // Each call starts an empty log, so that an error found in it is this call's.
    const log = `${bundle.ociLog}.${verb.name}`;
    await this.#host.removeFile(log);
    const result = await this.#host.run({
      file: this.program,
      args: [...this.globalArgs(log), verb.name, ...(verb.args ?? []), bundle.ociId, ...operands],
      cwd: bundle.directory,
      deadlineMs: verb.deadlineMs,
    });
    if (result.code !== 0) {
      throw await this.failure(subject, { verb: verb.name, log, result });
    }
  }

  /** The error for a call that failed, with what the OCI runtime says about it. */
  async failure(
    subject: Subject,
    call: { readonly verb: string; readonly log: string; readonly result: Pick<ProgramResult, "code" | "stderr"> },
  ): Promise<OperationError> {
    const said = ociFailure(await readLog(this.#host, call.log), call.result.stderr);
    const ended = call.result.code === null ? "was killed" : `ended with status ${call.result.code} and said nothing`;
    const detail = `${this.program} ${call.verb}: ${said?.message ?? ended}`;
    return new OperationError(said?.kind ?? "internal", subject, detail);
  }
}

/** Reads what the OCI runtime logged. A log that cannot be read says nothing, and hides no failure behind its own. */
export async function readLog(host: Host, path: string): Promise<string> {
  return (await host.readText(path).catch(() => null)) ?? "";
}
