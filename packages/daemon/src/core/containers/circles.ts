import { OperationError } from "@gantry/api";
import type { CoreParts } from "../parts.ts";
import { dependenciesOf, dependsOnLabel, findCircle } from "../supervision/dependency-order.ts";
import { type ContainerRef, subjectOf } from "./container-ref.ts";

/**
 * Refuses labels by which containers would depend on each other. Inside of the transaction that writes them.
 *
 * Throws `invalid-argument`: they would; the message names the circle
 */
export function refuseCircle({ tables }: CoreParts, ref: ContainerRef, labels: ReadonlyMap<string, string>): void {
  const own = dependenciesOf(labels);
  if (own.length === 0) return;
  const others = tables.containers.list(ref.namespace).map(({ id, labels: of }) => [id, dependenciesOf(of)] as const);
  const circle = findCircle(new Map([...others, [ref.id, own]]), ref.id);
  if (circle === undefined) return;
  const detail = `label ${dependsOnLabel} makes a circle: ${circle.join(" -> ")}`;
  throw new OperationError("invalid-argument", subjectOf(ref), detail);
}
