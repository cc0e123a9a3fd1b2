import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type {
  CallOptions,
  Exit,
  OutputFrame,
  OutputOptions,
  Process,
  ProcessState,
  Signal,
  Subject,
  TerminalSize,
} from "@gantry/api";
import { SerialQueue } from "@gantry/api/kit";
import type { LinuxContainer } from "./container.ts";
import { killMonitor } from "./discard.ts";
import { identityOf } from "./identity.ts";
import { startMonitor } from "./monitor.ts";
import type { ProcessFiles } from "./process-files.ts";
import { type ExecRecord, writeExecRecord } from "./record.ts";
import { killSignal, signalNumber } from "./signal.ts";
import { wrongStatus } from "./status.ts";
import type { Supervised } from "./supervised.ts";

/** A process added to a running container. Until it is started it is only files. */
export class ExecProcess implements Process {
  readonly id: string;
  readonly supervised: Supervised;
  readonly #container: LinuxContainer;
  readonly #record: ExecRecord;
  readonly #subject: Subject;
  readonly #changes = new SerialQueue();

  constructor(container: LinuxContainer, record: ExecRecord) {
    const { id, stdio, terminal } = record;
    this.id = id;
    this.#container = container;
    this.#record = record;
    this.#subject = { type: "process", id };
    this.supervised = container.supervise({
      processId: id,
      subject: this.#subject,
      files: container.bundle.exec(id),
      stdio,
      terminal,
    });
  }

  async state(options?: CallOptions): Promise<ProcessState> {
    options?.signal?.throwIfAborted();
    const state = this.supervised.state();
    const isPaused = state.status === "running" && (await this.#container.cgroup.isFrozen());
    return isPaused ? { ...state, status: "paused" } : state;
  }

  start(options?: CallOptions): Promise<void> {
    return this.#changes.run(async () => {
      options?.signal?.throwIfAborted();
      this.supervised.require("start");
      const status = await this.#container.refresh();
      if (status !== "running") {
        throw wrongStatus(this.#container.subject, status, { doing: "start a process in it", expected: ["running"] });
      }
      try {
        await this.#startMonitored(options?.signal);
      } catch (error) {
        await this.#undoStart();
        throw error;
      }
      this.supervised.advance("start");
    });
  }

  async kill(signal: Signal, options?: CallOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    this.supervised.kill(signalNumber(signal, this.#subject));
  }

  async resize(size: TerminalSize): Promise<void> {
    await this.supervised.resize(size);
  }

  async writeStdin(data: Uint8Array, options?: CallOptions): Promise<void> {
    await this.supervised.writeStdin(data, options?.signal);
  }

  async closeStdin(): Promise<void> {
    await this.supervised.closeStdin();
  }

  output(options?: OutputOptions): AsyncIterable<OutputFrame> {
    return this.supervised.output(options ?? {});
  }

  wait(options?: CallOptions): Promise<Exit> {
    return this.supervised.wait(options?.signal);
  }

  delete(options?: CallOptions): Promise<Exit | null> {
    return this.#changes.run(async () => {
      options?.signal?.throwIfAborted();
      const { status, exit } = this.supervised.state();
      if (status !== "created" && status !== "stopped") {
        throw wrongStatus(this.#subject, status, { doing: "delete", expected: ["created", "stopped"] });
      }
      const { host, layout } = this.#container.context;
      const trash = join(layout.trash, randomUUID());
      await host.rename(this.supervised.files.directory, trash);
      await host.removeTree(trash);
      this.supervised.remove();
      this.#container.execProcesses.delete(this.id);
      return exit;
    });
  }

  async #startMonitored(signal: AbortSignal | undefined): Promise<void> {
    const { context, bundle } = this.#container;
    const { stdio, terminal } = this.#record;
    const { files } = this.supervised;
    await context.host.replaceText(files.record, writeExecRecord({ ...this.#record, phase: "starting" }));
    const { pid, link } = await startMonitor(
      context.programs,
      { files, ociId: bundle.ociId, stdio, terminal, verb: "exec" },
      { subject: this.#subject, deadlineMs: context.oci.deadlines.startMs, signal },
    );
    const identity = await identityOf(context.host, pid);
    this.supervised.adopt(identity, link);
    await context.host.replaceText(files.record, writeExecRecord({ ...this.#record, phase: "started", identity }));
  }

  /** Makes it `created` again, whatever of the start there was. */
  async #undoStart(): Promise<void> {
    const { host } = this.#container.context;
    const { files } = this.supervised;
    await killMonitor(host, files);
    await killStray(this.#container, files);
    const kept = new Set([files.process, files.record]);
    const paths = (await host.list(files.directory)).map((name) => join(files.directory, name));
    await Promise.all(paths.filter((path) => !kept.has(path)).map((path) => host.removeTree(path)));
    await host.replaceText(files.record, writeExecRecord(this.#record));
  }
}

/** Kills the process of an exec that has lost its monitor. That it is one of the container's makes sure it is no other. */
export async function killStray(container: LinuxContainer, files: ProcessFiles): Promise<void> {
  const { host } = container.context;
  const pid = Number(await host.readText(files.pid));
  const identity = pid > 0 ? await host.identify(pid) : null;
  if (identity !== null && (await container.cgroup.processes()).includes(pid)) {
    host.signal(identity, killSignal);
  }
}
