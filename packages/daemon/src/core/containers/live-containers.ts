import { type Container, OperationError } from "@gantry/api";
import { type ContainerRef, keyOf, subjectOf } from "./container-ref.ts";

/** What runtimes made of the containers that there are records of; what exists only in this process. */
export class LiveContainers {
  readonly #containers = new Map<string, Container>();
  readonly #unknown = new Map<string, string>();

  set(ref: ContainerRef, container: Container): void {
    this.#containers.set(keyOf(ref), container);
    this.#unknown.delete(keyOf(ref));
  }

  /** Notes why nobody can say how a container fares. */
  setUnknown(ref: ContainerRef, reason: string): void {
    this.#containers.delete(keyOf(ref));
    this.#unknown.set(keyOf(ref), reason);
  }

  forget(ref: ContainerRef): void {
    this.#containers.delete(keyOf(ref));
    this.#unknown.delete(keyOf(ref));
  }

  find(ref: ContainerRef): Container | undefined {
    return this.#containers.get(keyOf(ref));
  }

  /** Why a container is unknown; `undefined` if it is not. */
  reason(ref: ContainerRef): string | undefined {
    return this.#unknown.get(keyOf(ref));
  }

  /**
   * Returns the container of a record.
   *
   * Throws
   * - `unavailable`: its runtime does not answer for it; the message says why
   * - `failed-precondition`: it ended and its runtime has forgotten it
   */
  get(ref: ContainerRef): Container {
    const container = this.find(ref);
    if (container !== undefined) return container;
    const reason = this.reason(ref);
    if (reason !== undefined) throw new OperationError("unavailable", subjectOf(ref), reason);
    throw new OperationError(
      "failed-precondition",
      subjectOf(ref),
      "is stopped, and its runtime has nothing left of it",
    );
  }
}
