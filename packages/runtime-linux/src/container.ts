import type {
  AnyValue,
  CallOptions,
  CheckpointOptions,
  Container,
  ContainerInfo,
  ContainerStats,
  DeleteOptions,
  ExecRequest,
  Exit,
  KillOptions,
  OperationError,
  Process,
  ProcessInfo,
  ProcessState,
  ProcessStatus,
  Signal,
  Subject,
} from "@gantry/api";
import { SerialQueue } from "@gantry/api/kit";
import type { Bundle } from "./bundle.ts";
import { Cgroup } from "./cgroup.ts";
import { readStats } from "./cgroup-stats.ts";
import { checkpointContainer } from "./checkpoint.ts";
import { deleteContainer } from "./delete.ts";
import { killProcesses } from "./discard.ts";
import { prepareExec } from "./exec.ts";
import type { ExecProcess } from "./exec-process.ts";
import { InitProcess } from "./init-process.ts";
import { readJsonValue, resourcesForm } from "./json-value.ts";
import { writeJson } from "./lossless-json.ts";
import type { ProcessFiles } from "./process-files.ts";
import type { ContainerRecord } from "./record.ts";
import { checkResources } from "./resources.ts";
import { restoreContainer } from "./restore.ts";
import { startByFifo } from "./runc-shortcuts.ts";
import type { RuntimeContext } from "./runtime-context.ts";
import { killSignal, signalNumber } from "./signal.ts";
import { wrongStatus } from "./status.ts";
import { Supervised } from "./supervised.ts";

/** Id of the runtime, as registered. */
const runtimeId = "linux";

/**
 * One container: its bundle, its init process under conmon, and its execs. What changes it is done one after the other;
 * looking and killing never wait for that.
 */
export class LinuxContainer implements Container {
  readonly info: ContainerInfo;
  readonly init: Process;
  readonly bundle: Bundle;
  readonly record: ContainerRecord;
  readonly cgroup: Cgroup;
  readonly context: RuntimeContext;
  readonly subject: Subject;
  readonly supervised: Supervised;
  readonly changes = new SerialQueue();
  /** Execs by id, in the order they were made. */
  readonly execProcesses = new Map<string, ExecProcess>();

  constructor(context: RuntimeContext, bundle: Bundle, record: ContainerRecord) {
    const { namespace, id } = bundle;
    this.context = context;
    this.bundle = bundle;
    this.record = record;
    this.subject = { type: "container", id };
    this.info = { namespace, id, runtime: runtimeId, createdAt: record.createdAt };
    this.cgroup = new Cgroup(context.host, context.cgroups, record.cgroupsPath);
    this.supervised = this.supervise({
      processId: id,
      subject: this.subject,
      files: bundle,
      stdio: record.stdio,
      terminal: record.terminal,
    });
    this.init = new InitProcess(this);
  }

  /** Makes the supervision of one of this container's processes. */
  supervise(process: {
    readonly processId: string;
    readonly subject: Subject;
    readonly files: ProcessFiles;
    readonly stdio: ContainerRecord["stdio"];
    readonly terminal: boolean;
  }): Supervised {
    return new Supervised({
      host: this.context.host,
      files: process.files,
      subject: process.subject,
      cgroup: this.cgroup,
      stdio: process.stdio,
      terminal: process.terminal,
      onExit: (exit) => this.#tellExit(process.processId, exit),
      log: (message) => this.context.log("warn", message, { container: this.info.id, process: process.processId }),
    });
  }

  async state(options?: CallOptions): Promise<ProcessState> {
    options?.signal?.throwIfAborted();
    await this.refresh();
    return this.supervised.state();
  }

  /** Asks the kernel what others than us may have changed: whether it was started, paused or resumed. */
  async refresh(): Promise<ProcessStatus> {
    const { supervised, record, context, bundle } = this;
    supervised.checkPresent();
    if (supervised.status === "created" && record.usesStartFifo && !(await context.host.exists(bundle.startFifo))) {
      supervised.advance("start");
    }
    if (supervised.status === "running" || supervised.status === "paused") {
      supervised.advance((await this.cgroup.isFrozen()) ? "pause" : "resume");
    }
    return supervised.status;
  }

  start(options?: CallOptions): Promise<void> {
    return this.changes.run(async () => {
      options?.signal?.throwIfAborted();
      await this.refresh();
      this.supervised.require("start");
      if (this.record.restore !== null) {
        await restoreContainer(this, this.record.restore, options?.signal);
        return;
      }
      await this.context.host.replaceText(this.bundle.started, "");
      if (this.context.usesShortcuts && this.record.usesStartFifo) await startByFifo(this);
      else await this.context.oci.start(this.bundle);
      this.supervised.advance("start");
    });
  }

  exec(request: ExecRequest, options?: CallOptions): Promise<Process> {
    return this.changes.run(async () => {
      options?.signal?.throwIfAborted();
      await this.#requireStatus("exec", ["running"]);
      return prepareExec(this, request);
    });
  }

  execs(): readonly Process[] {
    return [...this.execProcesses.values()];
  }

  async processes(options?: CallOptions): Promise<readonly ProcessInfo[]> {
    options?.signal?.throwIfAborted();
    await this.#requireStatus("list processes", ["created", "running", "paused"]);
    const names = new Map<number | undefined, string>([[this.supervised.identity?.pid, this.info.id]]);
    for (const exec of this.execProcesses.values()) names.set(exec.supervised.identity?.pid, exec.id);
    return (await this.cgroup.processes()).map((pid) => ({ pid, id: names.get(pid) ?? null }));
  }

  async kill(signal: Signal, options?: KillOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    const number = signalNumber(signal, this.subject);
    const status = await this.#requireStatus("kill", this.#withProcess);
    if (options?.all) {
      await this.context.oci.killAll(this.bundle, number);
    } else {
      this.supervised.kill(number);
    }
    // With version 1 of cgroups even SIGKILL waits until a frozen process is thawed.
    if (status === "paused" && number === killSignal) {
      await this.context.oci.resume(this.bundle);
    }
  }

  pause(options?: CallOptions): Promise<void> {
    return this.#change("pause", options, () => this.context.oci.pause(this.bundle));
  }

  resume(options?: CallOptions): Promise<void> {
    return this.#change("resume", options, () => this.context.oci.resume(this.bundle));
  }

  async update(resources: AnyValue, options?: CallOptions): Promise<void> {
    const document = readJsonValue(resources, resourcesForm, this.subject);
    checkResources(document);
    await this.changes.run(async () => {
      options?.signal?.throwIfAborted();
      await this.#requireStatus("update", this.#withProcess);
      await this.context.host.replaceText(this.bundle.resources, writeJson(document));
      await this.context.oci.update(this.bundle, this.bundle.resources);
    });
  }

  async stats(options?: CallOptions): Promise<ContainerStats> {
    options?.signal?.throwIfAborted();
    await this.#requireStatus("read stats", ["created", "running", "paused"]);
    return readStats(this.cgroup);
  }

  checkpoint(options: CheckpointOptions): Promise<void> {
    return this.changes.run(() => checkpointContainer(this, options));
  }

  delete(options?: DeleteOptions): Promise<Exit | null> {
    return this.changes.run(() => deleteContainer(this, options ?? {}));
  }

  /** Lets go of all processes, which go on. */
  close(reason: OperationError): void {
    for (const exec of this.execProcesses.values()) exec.supervised.close(reason);
    this.supervised.close(reason);
  }

  /** Where it has a process: before its start, one that is made of a checkpoint has none. */
  get #withProcess(): readonly ProcessStatus[] {
    return this.record.restore === null ? ["created", "running", "paused"] : ["running", "paused"];
  }

  #change(event: "pause" | "resume", options: CallOptions | undefined, verb: () => Promise<void>): Promise<void> {
    return this.changes.run(async () => {
      options?.signal?.throwIfAborted();
      await this.refresh();
      this.supervised.require(event);
      await verb();
      this.supervised.advance(event);
    });
  }

  async #requireStatus(doing: string, expected: readonly ProcessStatus[]): Promise<ProcessStatus> {
    const status = await this.refresh();
    if (!expected.includes(status)) {
      throw wrongStatus(this.subject, status, { doing, expected });
    }
    return status;
  }

  /** With a pid namespace of its own the kernel ends a container with its init; without, the same is done here. */
  #tellExit(processId: string, exit: Exit): void {
    if (processId === this.info.id && !this.record.ownsPidNamespace) {
      void killProcesses(this.context.host, this.cgroup).catch((error: unknown) =>
        this.context.log("warn", "cannot end what init has left", { container: this.info.id, error }),
      );
    }
    const about = { namespace: this.info.namespace, containerId: this.info.id, processId };
    if (exit.oomKilled) this.context.emit({ type: "oom", ...about, exit: null });
    this.context.emit({ type: "exit", ...about, exit });
  }
}
