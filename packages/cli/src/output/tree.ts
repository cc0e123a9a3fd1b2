/** One thing that hangs below another. */
export interface TreeItem {
  readonly id: string;
  /** `null` for a root; so is one whose parent is not among the items. */
  readonly parent: string | null;
}

/** An item with what is drawn in front of it. */
export interface TreeLine<T> {
  readonly branch: string;
  readonly item: T;
}

/** Lays items out below their parents, in the given order among siblings. */
export function tree<T extends TreeItem>(items: readonly T[]): readonly TreeLine<T>[] {
  const ids = new Set(items.map(({ id }) => id));
  const below = Map.groupBy(items, ({ parent }) => (parent !== null && ids.has(parent) ? parent : null));
  const lines: TreeLine<T>[] = [];
  // Not by recursion: a chain of snapshots may be longer than a stack. The last one pushed is the next one drawn.
  const waiting = rootsOf(below).map((item) => ({ item, branch: "", indent: "" }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { branch, indent, item } = next;
    lines.push({ branch, item });
    const children = below.get(item.id) ?? [];
    const drawn = children.map((child, index) => {
      const isLast = index === children.length - 1;
      return {
        item: child,
        branch: `${indent}${isLast ? "└─ " : "├─ "}`,
        indent: `${indent}${isLast ? "   " : "│  "}`,
      };
    });
    waiting.push(...drawn.toReversed());
  }
  return lines;
}

function rootsOf<T>(below: ReadonlyMap<string | null, readonly T[]>): T[] {
  return (below.get(null) ?? []).toReversed();
}
