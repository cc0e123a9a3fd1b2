import path from "node:path";
import { importsOf } from "../source/imports.mjs";
import { reachable } from "../source/reachable.mjs";

/**
 * How many groups of files import each other in a circle. Only what is loaded when the module is: types are erased, and
 * an `import()` waits until it is called.
 */
export function countImportCycles(sources) {
  const graph = new Map(
    sources.map((source) => {
      const loaded = importsOf(source).filter(
        ({ specifier, dynamic, typeOnly }) => specifier.startsWith(".") && !dynamic && !typeOnly,
      );
      return [source.file, loaded.map(({ specifier }) => path.resolve(path.dirname(source.file), specifier))];
    }),
  );
  const reach = new Map([...graph.keys()].map((file) => [file, reachable(graph, file)]));
  const groups = new Set();
  for (const [file, targets] of reach) {
    if (!targets.has(file)) continue;
    const members = [...targets].filter((target) => reach.get(target)?.has(file));
    groups.add(members.sort().join("\n"));
  }
  return groups.size;
}
