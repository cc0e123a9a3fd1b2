import type { Exit, OutputFrame, ProcessState } from "../../process.ts";
import type { ContainerDriver, DriverCreateRequest, FoundContainer, ProcessDriver, RuntimeDriver } from "../driver.ts";
import { EventFeed } from "../event-feed.ts";

/** A process that runs nothing: a test says what becomes of it. */
export class MemoryProcess implements ProcessDriver {
  readonly calls: string[] = [];
  readonly frames: OutputFrame[] = [];
  readonly readOutput = (from: bigint) => this.frames.slice(Number(from));
  readonly writeStdin = (data: Uint8Array) => void this.calls.push(`write ${data}`);
  readonly #listeners = new Set<() => void>();
  current: ProcessState = { status: "created", pid: null, exit: null };

  look(): ProcessState {
    return this.current;
  }

  async start(): Promise<void> {
    this.calls.push("start");
    // Others that come meanwhile have to wait.
    await Promise.resolve();
    this.become({ status: "running", pid: 7, exit: null });
  }

  signal(number: number, all: boolean): boolean {
    this.calls.push(`signal ${number}${all ? " to all" : ""}`);
    this.end(128 + number);
    return true;
  }

  remove(): void {
    this.calls.push("remove");
  }

  closeStdin(): void {
    this.calls.push("close input");
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How many wait for it. */
  get listeners(): number {
    return this.#listeners.size;
  }

  print(text: string): void {
    const data = new TextEncoder().encode(text);
    const nextOffset = BigInt(this.frames.length + 1);
    this.frames.push({ stream: "stdout", data, nextOffset, writtenAt: new Date(0) });
    this.#changed();
  }

  end(status: number): Exit {
    const exit = { pid: 7, status, exitedAt: new Date(0), oomKilled: false };
    this.become({ status: "stopped", pid: null, exit });
    return exit;
  }

  become(state: ProcessState): void {
    this.current = state;
    this.#changed();
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** A platform of such processes, whose containers can do everything. */
export class MemoryDriver implements RuntimeDriver {
  readonly capabilities: RuntimeDriver["capabilities"];
  readonly events = new EventFeed();
  readonly requests: DriverCreateRequest[] = [];
  readonly processes = new Map<string, MemoryProcess>();
  found: readonly FoundContainer[] = [];
  failure: Error | null = null;

  constructor(capabilities: RuntimeDriver["capabilities"] = { exec: true, stdin: true, pause: true }) {
    this.capabilities = capabilities;
  }

  info() {
    return { id: "memory", version: "1", platform: { os: "none", architecture: "none" }, details: new Map() };
  }

  async create(request: DriverCreateRequest): Promise<ContainerDriver> {
    this.requests.push(request);
    if (this.failure !== null) throw this.failure;
    return this.container(request.id);
  }

  load(): readonly FoundContainer[] {
    return this.found;
  }

  /** The process of that id; one is made if there is none. */
  process(id: string): MemoryProcess {
    const process = this.processes.get(id) ?? new MemoryProcess();
    this.processes.set(id, process);
    return process;
  }

  container(id: string): ContainerDriver {
    const init = this.process(id);
    return {
      createdAt: new Date(0),
      init,
      exec: (request) => this.process(request.id),
      pause: () => init.become({ status: "paused", pid: 7, exit: null }),
      resume: () => init.become({ status: "running", pid: 7, exit: null }),
    };
  }
}
