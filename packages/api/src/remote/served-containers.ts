import type { Container } from "../container.ts";
import { OperationError } from "../errors.ts";
import type { ProcessRef } from "../gantry/runtime/v1/index.ts";
import { checkIdentifier } from "../identifier.ts";
import type { Process } from "../process.ts";
import type { LoadedContainer } from "../runtime.ts";

/** The containers of a runtime, found by what calls name them by. */
export class ServedContainers {
  readonly #entries = new Map<string, LoadedContainer>();

  /** Takes in what `Runtime.load` found. */
  load(loaded: readonly LoadedContainer[]): void {
    for (const entry of loaded) {
      this.#entries.set(keyOf(entry.namespace, entry.id), entry);
    }
  }

  /** Takes in what `Runtime.create` made. */
  add(container: Container): void {
    const { namespace, id } = container.info;
    this.#entries.set(keyOf(namespace, id), { namespace, id, container });
  }

  /** Forgets a deleted container, unless another has its id by now. */
  forget(container: Container): void {
    const key = keyOf(container.info.namespace, container.info.id);
    const entry = this.#entries.get(key);
    if (entry !== undefined && "container" in entry && entry.container === container) {
      this.#entries.delete(key);
    }
  }

  /**
   * Returns the container that `ref` names.
   *
   * Throws
   * - `invalid-argument`: an id of a wrong form
   * - `not-found`: there is none
   * - what `Runtime.load` told of it: it could not be loaded
   */
  container(ref: ProcessRef | undefined): Container {
    const { namespace, id } = ref ?? { namespace: "", id: "" };
    checkIdentifier("namespace", namespace);
    checkIdentifier("container", id);
    const entry = this.#entries.get(keyOf(namespace, id));
    if (entry === undefined) {
      throw new OperationError(
        "not-found",
        { type: "container", id },
        `does not exist in namespace ${JSON.stringify(namespace)}`,
      );
    }
    if ("error" in entry) {
      throw entry.error;
    }
    return entry.container;
  }

  /** Returns the process that `ref` names; throws as {@link container}. */
  process(ref: ProcessRef | undefined): Process {
    const container = this.container(ref);
    const execId = ref?.execId ?? "";
    if (execId === "") {
      return container.init;
    }
    checkIdentifier("process", execId);
    const process = container.execs().find(({ id }) => id === execId);
    if (process === undefined) {
      const detail = `does not exist in container ${JSON.stringify(container.info.id)}`;
      throw new OperationError("not-found", { type: "process", id: execId }, detail);
    }
    return process;
  }
}

/** Neither part can hold a slash. */
function keyOf(namespace: string, id: string): string {
  return `${namespace}/${id}`;
}
