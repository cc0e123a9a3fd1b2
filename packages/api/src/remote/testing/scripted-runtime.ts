import type { AnyValue } from "../../any-value.ts";
import type { CallOptions } from "../../call-options.ts";
import type {
  CheckpointOptions,
  Container,
  ContainerInfo,
  DeleteOptions,
  ExecRequest,
  KillOptions,
  ProcessInfo,
} from "../../container.ts";
import type { Exit, OutputFrame, OutputOptions, Process, ProcessState, Signal, TerminalSize } from "../../process.ts";
import type {
  CreateRequest,
  LoadedContainer,
  Runtime,
  RuntimeCapabilities,
  RuntimeEvent,
  RuntimeInfo,
} from "../../runtime.ts";
import type { ContainerStats } from "../../stats.ts";
import { Script, withoutSignal } from "./script.ts";

/** A process that does what its script says, under the names `process.METHOD`, its id being the first argument. */
class ScriptedProcess implements Process {
  readonly id: string;
  readonly #script: Script;

  constructor(script: Script, id: string) {
    this.#script = script;
    this.id = id;
  }

  async state(options?: CallOptions): Promise<ProcessState> {
    return this.#receive("state", [], options);
  }

  async start(options?: CallOptions): Promise<void> {
    return this.#receive("start", [], options);
  }

  async kill(signal: Signal, options?: CallOptions): Promise<void> {
    return this.#receive("kill", [signal], options);
  }

  async resize(size: TerminalSize, options?: CallOptions): Promise<void> {
    return this.#receive("resize", [size], options);
  }

  async writeStdin(data: Uint8Array, options?: CallOptions): Promise<void> {
    return this.#receive("writeStdin", [data], options);
  }

  async closeStdin(options?: CallOptions): Promise<void> {
    return this.#receive("closeStdin", [], options);
  }

  output(options?: OutputOptions): AsyncIterable<OutputFrame> {
    return this.#receive("output", [], options);
  }

  async wait(options?: CallOptions): Promise<Exit> {
    return this.#receive("wait", [], options);
  }

  async delete(options?: CallOptions): Promise<Exit | null> {
    return this.#receive("delete", [], options);
  }

  #receive<T>(method: string, args: readonly unknown[], options: CallOptions | undefined): T {
    return this.#script.receive(`process.${method}`, [this.id, ...args, ...withoutSignal(options)], options?.signal);
  }
}

/** A container that does what its script says, under the names `container.METHOD`. Its execs are really kept. */
class ScriptedContainer implements Container {
  readonly info: ContainerInfo;
  readonly init: Process;
  readonly #script: Script;
  readonly #execs: Process[];

  constructor(script: Script, info: ContainerInfo, execIds: readonly string[] = []) {
    this.#script = script;
    this.info = info;
    this.init = new ScriptedProcess(script, info.id);
    this.#execs = execIds.map((id) => new ScriptedProcess(script, id));
  }

  state(options?: CallOptions): Promise<ProcessState> {
    return this.init.state(options);
  }

  start(options?: CallOptions): Promise<void> {
    return this.init.start(options);
  }

  async exec(request: ExecRequest, options?: CallOptions): Promise<Process> {
    await this.#receive("exec", [request], options);
    const process = new ScriptedProcess(this.#script, request.id);
    this.#execs.push(process);
    return process;
  }

  execs(): readonly Process[] {
    return this.#execs;
  }

  async processes(options?: CallOptions): Promise<readonly ProcessInfo[]> {
    return this.#receive("processes", [], options);
  }

  async kill(signal: Signal, options?: KillOptions): Promise<void> {
    return this.#receive("kill", [signal], options);
  }

  async pause(options?: CallOptions): Promise<void> {
    return this.#receive("pause", [], options);
  }

  async resume(options?: CallOptions): Promise<void> {
    return this.#receive("resume", [], options);
  }

  async update(resources: AnyValue, options?: CallOptions): Promise<void> {
    return this.#receive("update", [resources], options);
  }

  async stats(options?: CallOptions): Promise<ContainerStats> {
    return this.#receive("stats", [], options);
  }

  async checkpoint(options: CheckpointOptions): Promise<void> {
    return this.#receive("checkpoint", [], options);
  }

  async delete(options?: DeleteOptions): Promise<Exit | null> {
    return this.#receive("delete", [], options);
  }

  #receive<T>(method: string, args: readonly unknown[], options: CallOptions | undefined): T {
    return this.#script.receive(`container.${method}`, [...args, ...withoutSignal(options)], options?.signal);
  }
}

/** A runtime that does what its script says. It finds nothing when loaded, unless the script says otherwise. */
export class ScriptedRuntime implements Runtime {
  readonly capabilities: RuntimeCapabilities = {
    exec: true,
    pause: false,
    update: true,
    stats: false,
    checkpoint: true,
    terminal: false,
    stdin: true,
    pipes: false,
    oomDetection: true,
  };
  readonly script = new Script();

  constructor() {
    this.script.on("load", () => []);
    this.script.on("info", () => ({
      id: "scripted",
      version: "1.2.3 (none)",
      platform: { os: "linux", architecture: "amd64" },
      details: new Map([["__proto__", "a key like any other"]]),
    }));
    this.script.on("create", ({ args: [request] }) => this.made(request as CreateRequest));
    this.script.on("process.state", () => ({ status: "created", pid: 7, exit: null }));
  }

  /** A container that was asked for. */
  made({ namespace, id }: Pick<CreateRequest, "namespace" | "id">, execIds: readonly string[] = []): Container {
    const createdAt = new Date("2017-02-10T12:34:56.789Z");
    return new ScriptedContainer(this.script, { namespace, id, runtime: "scripted", createdAt }, execIds);
  }

  async info(options?: CallOptions): Promise<RuntimeInfo> {
    return this.script.receive("info", withoutSignal(options), options?.signal);
  }

  async create(request: CreateRequest, options?: CallOptions): Promise<Container> {
    return this.script.receive("create", [request, ...withoutSignal(options)], options?.signal);
  }

  async load(options?: CallOptions): Promise<readonly LoadedContainer[]> {
    return this.script.receive("load", withoutSignal(options), options?.signal);
  }

  events(options?: CallOptions): AsyncIterable<RuntimeEvent> {
    return this.script.receive("events", withoutSignal(options), options?.signal);
  }

  async close(): Promise<void> {
    return this.script.receive("close", [], undefined);
  }
}
