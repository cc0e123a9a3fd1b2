/** All nodes that `start` leads to in a map from node to nodes; `start` itself only if it comes back to itself. */
export function reachable(graph, start) {
  const seen = new Set();
  const queue = [...(graph.get(start) ?? [])];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    queue.push(...(graph.get(node) ?? []));
  }
  return seen;
}
