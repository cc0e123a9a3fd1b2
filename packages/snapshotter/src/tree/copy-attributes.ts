import { type BigIntStats, chmodSync } from "node:fs";
import { fchownat, getXattr, listXattrs, setXattr, utimensat } from "@gantry/sys/at";
import { errnoOf } from "../errno.ts";

/** AT_FDCWD: all paths here are absolute, so no directory is needed. */
const noDirectory = -100;

const permissions = 0o7777n;

/** Two files, the second of which becomes like the first. */
export interface Twins {
  readonly path: string | Buffer;
  readonly twin: string | Buffer;
  /** Of `path`, without following a symbolic link. */
  readonly stats: BigIntStats;
}

/**
 * Gives `twin` the owner, mode, times and extended attributes of `path`, neither followed if it is a symbolic link.
 *
 * @param wanted - which extended attributes are taken over, by name; default: all
 */
export function copyAttributes({ path, twin, stats }: Twins, wanted: (name: string) => boolean = () => true): void {
  // In this order: a change of the owner clears the set-user-ID bits and file capabilities.
  fchownat(noDirectory, twin, Number(stats.uid), Number(stats.gid));
  for (const name of xattrsOf(path).filter(wanted)) {
    const value = getXattr(path, name);
    if (value !== null) {
      setXattr(twin, name, value);
    }
  }
  if (!stats.isSymbolicLink()) {
    chmodSync(twin, Number(stats.mode & permissions));
  }
  utimensat(noDirectory, twin, { atimeNs: stats.atimeNs, mtimeNs: stats.mtimeNs });
}

function xattrsOf(path: string | Buffer): readonly string[] {
  try {
    return listXattrs(path);
  } catch (error) {
    // The file system has none at all.
    if (errnoOf(error) === "ENOTSUP") {
      return [];
    }
    throw error;
  }
}
