/**
 * Finds where a key stands in a TOML text, or the header of the table that it names; line and column begin at 1. The
 * parser keeps no places, so this looks for them; `undefined` where the key is written in a form that is not looked for,
 * such as an inline table.
 */
export function placeOfKey(
  text: string,
  tables: readonly string[],
  key: string,
): { readonly line: number; readonly column: number } | undefined {
  let here: readonly string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const header = /^\s*\[\s*([^[\]]+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) {
      here = partsOf(header);
      if (sameParts(here.slice(0, tables.length + 1), [...tables, key])) {
        return { line: index + 1, column: columnOf(line, header) };
      }
      continue;
    }
    const name = /^\s*([^=#]+?)\s*=/.exec(line)?.[1];
    if (name !== undefined && sameParts([...here, ...partsOf(name)].slice(0, tables.length + 1), [...tables, key])) {
      return { line: index + 1, column: columnOf(line, name) };
    }
  }
  return undefined;
}

function columnOf(line: string, word: string): number {
  return line.indexOf(word) + 1;
}

/** `a."b.c"` is `a` and `b.c`. */
function partsOf(name: string): readonly string[] {
  const parts = name.matchAll(/\s*(?:"([^"]*)"|'([^']*)'|([^.\s"']+))\s*(?:\.|$)/g);
  return [...parts].map(([, double, single, bare]) => double ?? single ?? bare ?? "");
}

function sameParts(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((part, index) => part === other[index]);
}
