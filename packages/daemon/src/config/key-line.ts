/**
 * Returns the number of the line where a key stands in a TOML text, or the header of the table that it names; the first
 * is 1. The parser keeps no places, so this looks for them; `undefined` where the key is written in a form that is not
 * looked for, such as an inline table.
 */
export function lineOfKey(text: string, tables: readonly string[], key: string): number | undefined {
  let here: readonly string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const header = /^\s*\[\s*([^[\]]+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) {
      here = partsOf(header);
      if (sameParts(here.slice(0, tables.length + 1), [...tables, key])) return index + 1;
      continue;
    }
    const name = /^\s*([^=#]+?)\s*=/.exec(line)?.[1];
    if (name !== undefined && sameParts([...here, ...partsOf(name)].slice(0, tables.length + 1), [...tables, key])) {
      return index + 1;
    }
  }
  return undefined;
}

/** `a."b.c"` is `a` and `b.c`. */
function partsOf(name: string): readonly string[] {
  const parts = name.matchAll(/\s*(?:"([^"]*)"|'([^']*)'|([^.\s"']+))\s*(?:\.|$)/g);
  return [...parts].map(([, double, single, bare]) => double ?? single ?? bare ?? "");
}

function sameParts(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((part, index) => part === other[index]);
}
