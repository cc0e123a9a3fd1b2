import { OperationError } from "../errors.ts";
import type { Stdio } from "../process.ts";
import type { RuntimeCapabilities } from "../runtime.ts";

/** What holds for all calls of one runtime: what it can do, and that it is open. */
export class RuntimeRules {
  readonly capabilities: RuntimeCapabilities;
  /** Aborts when the runtime is closed, with the error that calls reject with from then on. */
  readonly closing: AbortSignal;

  constructor(capabilities: RuntimeCapabilities, closing: AbortSignal) {
    this.capabilities = capabilities;
    this.closing = closing;
  }

  /** Throws `failed-precondition`: the runtime is closed. */
  checkOpen(): void {
    this.closing.throwIfAborted();
  }

  /** Throws `unimplemented`: the runtime cannot do that. */
  requireCapability(name: keyof RuntimeCapabilities): void {
    if (this.capabilities[name]) return;
    const detail = `this runtime has no ${name}, as its capabilities say`;
    throw new OperationError("unimplemented", { type: "runtime", id: name }, detail);
  }

  /** Throws `unimplemented`: the streams or the terminal of a process are more than the runtime has. */
  requireStreams(stdio: Stdio, terminal: boolean | undefined): void {
    if (terminal) this.requireCapability("terminal");
    if (stdio.kind === "pipes") this.requireCapability("pipes");
    if (stdio.kind === "log" && stdio.stdin) this.requireCapability("stdin");
  }
}
