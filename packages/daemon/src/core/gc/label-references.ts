import { contentObject, type GcObject, snapshotObject } from "./gc-object.ts";

/** One object keeping another. */
export interface Reference {
  readonly to: GcObject;
  /** For a person to read. */
  readonly why: string;
  /** Whether the other one keeps nothing further by that. Default: false. */
  readonly flat?: boolean;
}

/** What the labels of an object say to garbage collection. */
export interface LabelReferences {
  /** The label that keeps it for itself; `null` for none. */
  readonly root: string | null;
  /** What it keeps. */
  readonly keeps: readonly Reference[];
  /** What it is kept by, if that is kept; `why` is the label. */
  readonly keptBy: readonly Reference[];
}

/** The name of ours goes first; the other is what containers' clients write. */
const prefixes = ["gantry.dev/gc.", "containerd.io/gc."] as const;

/** Returns the value of a label of garbage collection under either of its names. */
export function gcLabel(labels: ReadonlyMap<string, string>, name: string): string | undefined {
  for (const prefix of prefixes) {
    const value = labels.get(prefix + name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/**
 * Reads the labels `gc.root`, `gc.ref.…` and `gc.bref.…`, under our prefix and the one that containers' clients write:
 * `gc.ref.content`, `gc.ref.image` and `gc.ref.snapshot.SNAPSHOTTER` name what the object keeps, and with `bref` in place
 * of `ref`, and `container` too, what keeps it. Anything behind a dot or slash makes room for several.
 */
export function labelReferences(labels: ReadonlyMap<string, string>): LabelReferences {
  let root: string | null = null;
  const keeps: Reference[] = [];
  const keptBy: Reference[] = [];
  for (const [label, value] of labels) {
    const name = nameOf(label);
    if (name === undefined || value === "") continue;
    if (name === "root") root ??= label;
    else if (name.startsWith("ref.")) addTo(keeps, { label, kind: name.slice("ref.".length), value });
    else if (name.startsWith("bref.")) addTo(keptBy, { label, kind: name.slice("bref.".length), value });
  }
  return { root, keeps, keptBy };
}

interface ReferenceLabel {
  readonly label: string;
  /** What stands behind `ref.` or `bref.`. */
  readonly kind: string;
  readonly value: string;
}

function addTo(references: Reference[], { label, kind, value }: ReferenceLabel): void {
  const to = objectOf(kind, value);
  if (to !== undefined) references.push({ to, why: `label ${label}` });
}

function nameOf(label: string): string | undefined {
  const prefix = prefixes.find((one) => label.startsWith(one));
  return prefix === undefined ? undefined : label.slice(prefix.length);
}

function objectOf(kind: string, value: string): GcObject | undefined {
  const [, type = "", rest = ""] = /^([a-z]+)(?:[./](.*))?$/.exec(kind) ?? [];
  switch (type) {
    case "content":
      return contentObject(value);
    case "image":
    case "container":
      return { type, id: value };
    case "snapshot":
      // Ids of snapshotters may have dots, so only a slash ends one.
      return rest === "" ? undefined : snapshotObject(rest.replace(/\/.*$/, ""), value);
    default:
      return undefined;
  }
}
