import { OperationError, type Subject } from "@gantry/api";

/** Names one container. */
export interface ContainerRef {
  readonly namespace: string;
  readonly id: string;
}

/** Returns a key for maps over all namespaces; a namespace cannot contain the separator. */
export function keyOf({ namespace, id }: ContainerRef): string {
  return `${namespace}/${id}`;
}

/** Returns the container as the subject of an error. */
export function subjectOf({ id }: ContainerRef): Subject {
  return { type: "container", id };
}

/** Says that a namespace has no such container. */
export function noSuchContainer(ref: ContainerRef): OperationError {
  return new OperationError("not-found", subjectOf(ref), `there is no such container in namespace ${ref.namespace}`);
}
