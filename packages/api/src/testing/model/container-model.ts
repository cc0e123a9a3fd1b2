import assert from "node:assert/strict";
import type { Container } from "../../container.ts";
import { type ErrorKind, isOperationError } from "../../errors.ts";
import type { Exit, Process } from "../../process.ts";
import { createContainer, execProgram, type RuntimeHarness } from "../runtime/harness.ts";
import type { Action } from "./random-steps.ts";

/** Where a container or its exec stands in the model; `lost` is where the contract does not say. */
type Status = "none" | "created" | "running" | "paused" | "stopped" | "deleted" | "lost";

const sleep = { does: "sleep" } as const;
const execId = "e1";

/** One container id as it should be, and the container as it is. */
export class ContainerModel {
  status: Status = "none";
  readonly #harness: RuntimeHarness;
  readonly #id: string;
  #container: Container | null = null;
  #exit: Exit | null = null;
  #exec: Status = "none";
  #execProcess: Process | null = null;
  /** Those who wait for the end. */
  #waiters: Promise<Exit | ErrorKind>[] = [];

  constructor(harness: RuntimeHarness, id: string) {
    this.#harness = harness;
    this.#id = id;
  }

  /** Whether the runtime should find it. */
  get exists(): boolean {
    return this.status !== "none" && this.status !== "deleted";
  }

  /** Does something, and rejects unless it comes out as the contract says. */
  async step(action: Exclude<Action, "reopen">): Promise<void> {
    if (action === "create") return this.#create();
    const container = this.#container;
    if (container === null) return;
    switch (action) {
      case "start":
        return this.#change(container.start(), { from: ["created"], to: "running" });
      case "pause":
        return this.#change(container.pause(), { from: ["running"], to: "paused" });
      case "resume":
        return this.#change(container.resume(), { from: ["paused"], to: "running" });
      case "kill":
      case "kill all":
        return this.#kill(container, action === "kill all");
      case "delete":
      case "delete by force":
        return this.#delete(container, action === "delete by force");
      case "wait":
        return this.#wait(container);
      case "exec":
        return this.#prepareExec(container);
      default:
        return this.#stepExec(action);
    }
  }

  /** The runtime was opened again, and this is what it has found. */
  async reopened(container: Container | null): Promise<void> {
    assert.equal(container !== null, this.exists, `${this.#id} is found after it was ${this.status}`);
    await this.#expectWaiters("failed-precondition");
    this.#container = container;
    if (container === null) this.status = "none";
    this.#execProcess = container?.execs().find(({ id }) => id === execId) ?? null;
    if (this.#exec === "deleted") this.#exec = "none";
    if (this.#exec !== "lost") assert.equal(this.#execProcess !== null, this.#exec !== "none", "the exec is found");
  }

  /** Rejects unless container and exec stand where they should. */
  async compare(): Promise<void> {
    const container = this.#container;
    if (container === null) return;
    if (this.status === "deleted") {
      await expectKinds(["not-found"], container.state());
      return;
    }
    const { status, pid, exit } = await container.state();
    assert.equal(status, this.status);
    assert.deepEqual(exit, this.#exit);
    if (status === "stopped") assert.equal(pid, null);
    if (status === "running" || status === "paused") assert.ok(pid !== null && this.#harness.isAlive(pid));
    if (this.#exec !== "none" && this.#exec !== "deleted" && this.#exec !== "lost" && status !== "paused") {
      assert.equal((await this.#execProcess?.state())?.status, this.#exec, "the exec");
    }
  }

  async #create(): Promise<void> {
    const created = createContainer(this.#harness, sleep, { id: this.#id });
    if (this.exists) return expectKinds(["already-exists"], created);
    this.#container = await created;
    this.status = "created";
    this.#exit = null;
    this.#exec = "none";
    this.#execProcess = null;
  }

  async #change(call: Promise<void>, { from, to }: { readonly from: readonly Status[]; readonly to: Status }) {
    if (!from.includes(this.status)) return expectKinds([this.#refusal], call);
    await call;
    this.status = to;
  }

  async #kill(container: Container, all: boolean): Promise<void> {
    const killed = container.kill("SIGKILL", { all });
    if (this.status === "stopped" || this.status === "deleted") return expectKinds([this.#refusal], killed);
    await killed;
    const neverRan = this.status === "created";
    const exit = await container.init.wait();
    if (!neverRan) assert.equal(exit.status, 137);
    await this.#ended(exit);
  }

  async #delete(container: Container, force: boolean): Promise<void> {
    const deleted = container.delete({ force });
    if (this.status === "deleted") return expectKinds(["not-found"], deleted);
    const runs = this.status === "running" || this.status === "paused";
    if (runs && !force) return expectKinds(["failed-precondition"], deleted);
    const exit = await deleted;
    if (runs) {
      assert.equal(exit?.status, 137);
      await this.#expectWaiters(exit);
    } else {
      assert.deepEqual(exit, this.#exit);
      await this.#expectWaiters(exit ?? "not-found");
    }
    this.status = "deleted";
    this.#exec = "lost";
  }

  async #wait(container: Container): Promise<void> {
    const waiting = container.init.wait().catch(kindOf);
    if (this.status === "stopped") assert.deepEqual(await waiting, this.#exit);
    else if (this.status === "deleted") await waiting;
    else this.#waiters.push(waiting);
  }

  async #prepareExec(container: Container): Promise<void> {
    const prepared = execProgram(this.#harness, container, { id: execId, program: sleep });
    const isFree = this.#exec === "none" || this.#exec === "deleted";
    if (this.status === "running" && isFree) {
      this.#execProcess = await prepared;
      this.#exec = "created";
      return;
    }
    const kinds: ErrorKind[] = this.status === "running" ? [] : [this.#refusal];
    await expectKinds(isFree ? kinds : [...kinds, "already-exists"], prepared);
  }

  async #stepExec(action: "start exec" | "kill exec" | "delete exec"): Promise<void> {
    const exec = this.#execProcess;
    // What a paused container does with its execs is not said.
    if (exec === null || this.#exec === "lost" || this.status === "paused") return;
    if (action === "delete exec") return this.#deleteExec(exec);
    const from: Status = action === "start exec" ? "created" : "running";
    if (this.#exec === "created" && (from === "running" || this.status !== "running")) return;
    const call = action === "start exec" ? exec.start() : exec.kill("SIGKILL");
    if (this.#exec !== from) return expectKinds([refusalOf(this.#exec)], call);
    await call;
    this.#exec = "running";
    if (action === "start exec") return;
    assert.equal((await exec.wait()).status, 137);
    this.#exec = "stopped";
  }

  async #deleteExec(exec: Process): Promise<void> {
    if (this.#exec === "running" || this.#exec === "deleted") {
      return expectKinds([refusalOf(this.#exec)], exec.delete());
    }
    const exit = await exec.delete();
    assert.equal(exit === null, this.#exec === "created");
    this.#exec = "deleted";
  }

  /** The end of the container, of which everybody has to learn. */
  async #ended(exit: Exit): Promise<void> {
    this.status = "stopped";
    this.#exit = exit;
    await this.#expectWaiters(exit);
    if (this.#exec === "running") {
      assert.equal((await this.#execProcess?.wait())?.status, 137);
      this.#exec = "stopped";
    } else if (this.#exec === "created") {
      this.#exec = "lost";
    }
  }

  async #expectWaiters(outcome: Exit | ErrorKind | null): Promise<void> {
    for (const waiter of this.#waiters.splice(0)) assert.deepEqual(await waiter, outcome);
  }

  /** How a call is refused that does not fit where the container stands. */
  get #refusal(): ErrorKind {
    return refusalOf(this.status);
  }
}

function refusalOf(status: Status): ErrorKind {
  return status === "deleted" ? "not-found" : "failed-precondition";
}

async function expectKinds(kinds: readonly ErrorKind[], call: Promise<unknown>): Promise<void> {
  const outcome = await call.then(() => "success", kindOf);
  assert.ok(
    kinds.some((kind) => kind === outcome),
    `expected ${kinds.join(" or ")}, came to ${outcome}`,
  );
}

/** The kind of an error, which is all that the model knows of it. */
function kindOf(error: unknown): ErrorKind {
  if (isOperationError(error)) return error.kind;
  throw error;
}
