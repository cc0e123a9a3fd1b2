import { readFile } from "node:fs/promises";
import { requireLinux } from "./libc.ts";

/** One mount of this process's mount namespace: a line of /proc/self/mountinfo, see proc_pid_mountinfo(5). */
export interface MountEntry {
  /** Number of the mount; the kernel uses it again once the mount is gone. */
  readonly id: number;
  readonly parentId: number;
  /** Major and minor number of the file system's device. */
  readonly device: string;
  /** The directory or file of the file system that is shown here; not `/` for a bind mount of a part. */
  readonly root: string;
  /** Where it is mounted: an absolute path, free of symbolic links. */
  readonly mountPoint: string;
  /** Options of this mount, such as `ro`. */
  readonly options: readonly string[];
  /** `shared:N`, `master:N`, `propagate_from:N`, `unbindable`; empty for a private mount. */
  readonly propagation: readonly string[];
  readonly type: string;
  readonly source: string;
  /** Options of the file system, which all its mounts share. */
  readonly superOptions: readonly string[];
}

/**
 * Lists mounts in the kernel's order, in which a mount comes after the one it covers.
 *
 * @param under - an absolute path free of symbolic links: only mounts at or below it are listed; default: all
 */
export async function listMounts(under?: string): Promise<readonly MountEntry[]> {
  requireLinux("mountinfo");
  const entries = parseMountInfo(await readFile("/proc/self/mountinfo", "utf8"));
  return under === undefined ? entries : entries.filter((entry) => isAtOrBelow(entry.mountPoint, under));
}

/** Parses the text of a mountinfo file; what is no line of it (an empty one, a cut one) is left out. */
export function parseMountInfo(text: string): readonly MountEntry[] {
  return text.split("\n").flatMap((line) => parseLine(line) ?? []);
}

/** Whether `path` is `ancestor` or lies below it; by components, so `/a/bc` is not below `/a/b`. */
export function isAtOrBelow(path: string, ancestor: string): boolean {
  return ancestor === "/" || path === ancestor || path.startsWith(`${ancestor}/`);
}

function parseLine(line: string): MountEntry | undefined {
  const fields = line.split(" ");
  // The optional fields end at a lone hyphen; nothing before them can be one.
  const hyphen = fields.indexOf("-", 6);
  const [id, parentId, device, root, mountPoint, options] = fields;
  const [type, source, superOptions] = fields.slice(hyphen + 1);
  if (hyphen < 0 || superOptions === undefined || options === undefined) return undefined;
  return {
    id: Number(id),
    parentId: Number(parentId),
    device: device ?? "",
    root: unescapeOctal(root ?? ""),
    mountPoint: unescapeOctal(mountPoint ?? ""),
    options: options.split(","),
    propagation: fields.slice(6, hyphen),
    type: unescapeOctal(type ?? ""),
    source: unescapeOctal(source ?? ""),
    superOptions: superOptions.split(",").map(unescapeOctal),
  };
}

/** The kernel writes space, tab, newline and backslash as three octal digits, such as `\040`. */
function unescapeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
