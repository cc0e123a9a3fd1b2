/** Label that names the containers of the namespace behind which one is started, with commas between them. */
export const dependsOnLabel = "gantry.io/depends-on";

/** Who depends on whom: ids of containers, each with those that come before it. */
export type DependencyGraph = ReadonlyMap<string, readonly string[]>;

/** Returns the ids that the labels of a container name, each once. */
export function dependenciesOf(labels: ReadonlyMap<string, string>): readonly string[] {
  const words = (labels.get(dependsOnLabel) ?? "").split(",").map((word) => word.trim());
  return [...new Set(words.filter((word) => word !== ""))];
}

/** Returns the ids on a way that leads from `id` back to it, beginning and ending with it; `undefined` if none does. */
export function findCircle(graph: DependencyGraph, id: string): readonly string[] | undefined {
  const cameFrom = new Map<string, string>();
  const waiting = [id];
  for (let from = waiting.pop(); from !== undefined; from = waiting.pop()) {
    for (const to of graph.get(from) ?? []) {
      if (to === id) return [...wayTo(from, cameFrom), id];
      if (cameFrom.has(to)) continue;
      cameFrom.set(to, from);
      waiting.push(to);
    }
  }
  return undefined;
}

function wayTo(end: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way: string[] = [];
  for (let at: string | undefined = end; at !== undefined; at = cameFrom.get(at)) way.unshift(at);
  return way;
}

/**
 * Does `work` for every id of the graph, for each when it has been done for those that come before it, else side by
 * side. Ids that the graph does not have are not waited for; neither is one of a circle, where each would wait for the
 * next: its members are begun in the order of the graph.
 *
 * @param work - never rejects
 */
export async function inDependencyOrder(graph: DependencyGraph, work: (id: string) => Promise<void>): Promise<void> {
  const done = new Map<string, Promise<void>>();
  for (const id of startOrder(graph)) {
    const before = (graph.get(id) ?? []).flatMap((dependency) => done.get(dependency) ?? []);
    done.set(
      id,
      Promise.all(before).then(() => work(id)),
    );
  }
  await Promise.all(done.values());
}

/** Returns the ids so that each comes behind those it depends on, unless it is in a circle. */
export function startOrder(graph: DependencyGraph): readonly string[] {
  const order = new Set<string>();
  const waiting = new Set(graph.keys());
  while (waiting.size > 0) {
    const ready = [...waiting].filter((id) => !(graph.get(id) ?? []).some((before) => waiting.has(before)));
    // None is ready where all that are left wait for a circle; it is cut at its first.
    const [first] = waiting;
    const next = ready.length > 0 || first === undefined ? ready : [first];
    for (const id of next) {
      order.add(id);
      waiting.delete(id);
    }
  }
  return [...order];
}
