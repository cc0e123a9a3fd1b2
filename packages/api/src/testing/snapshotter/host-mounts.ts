import { execFile } from "node:child_process";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import type { Mount } from "../../mount.ts";

const run = promisify(execFile);

/** Options of an overlay whose values are paths; that of `lowerdir` is a list of them. */
const pathOptions: ReadonlySet<string> = new Set(["lowerdir", "upperdir", "workdir"]);

/** Whether this process can perform mounts with the commands of the host. */
export function canMount(): boolean {
  return process.platform === "linux" && process.getuid?.() === 0;
}

/**
 * Performs `mounts` in the directory `place` by mount(8), gives `place` to `look`, and undoes them by umount(8), also
 * when `look` rejects. Rejects with what a command wrote when it fails.
 */
export async function withHostMounts<T>(
  mounts: readonly Mount[],
  place: string,
  look: (path: string) => Promise<T>,
): Promise<T> {
  const performed: string[] = [];
  try {
    for (const mount of mounts) {
      const target = join(place, mount.target);
      const { args, directory } = mountCommand(mount, target);
      // mount(8) since util-linux 2.39 hands options to the kernel one by one, and a long list of layers is refused then.
      const env = { ...process.env, LIBMOUNT_FORCE_MOUNT2: "always" };
      await run("mount", args, { env, ...(directory === undefined ? {} : { cwd: directory }) });
      performed.unshift(target);
    }
    return await look(place);
  } finally {
    for (const target of performed) {
      await run("umount", ["--recursive", target]);
    }
  }
}

/** A command line of mount(8) without its name, and the directory to run it in, where that matters. */
export interface MountCommand {
  readonly args: readonly string[];
  readonly directory?: string;
}

/**
 * How `mount` is performed at `target` by mount(8).
 *
 * Options of a mount have 4,095 bytes of room, in which the paths of some 70 layers fit; so the paths of an overlay are
 * given from the directory that is common to them, in which the command is to be run.
 */
export function mountCommand(mount: Mount, target: string): MountCommand {
  const { type, source, options } = mount;
  if (type === "bind") {
    const bind = options.some((option) => option === "bind" || option === "rbind") ? [] : ["bind"];
    return { args: [...optionArguments([...bind, ...options]), source, target] };
  }
  const directory = type === "overlay" ? commonDirectory(options.flatMap(pathsOf)) : undefined;
  if (directory === undefined) {
    return { args: ["-t", type, ...optionArguments(options), source, target] };
  }
  const short = options.map((option) => fromDirectory(option, directory));
  return { args: ["-t", type, ...optionArguments(short), source, target], directory };
}

function optionArguments(options: readonly string[]): readonly string[] {
  return options.length === 0 ? [] : ["-o", options.join()];
}

/** The paths in an option, which are separated by colons; a colon within one is behind a backslash. */
function pathsOf(option: string): readonly string[] {
  const { name, value } = partsOf(option);
  return pathOptions.has(name) ? value.split(/(?<!\\):/) : [];
}

function partsOf(option: string): { readonly name: string; readonly value: string } {
  const [name = "", ...value] = option.split("=");
  return { name, value: value.join("=") };
}

/** The lowest directory that holds all of `paths`, or undefined where they are not all plain absolute paths. */
function commonDirectory(paths: readonly string[]): string | undefined {
  if (paths.length === 0 || paths.some((path) => !path.startsWith("/") || path.includes("\\"))) {
    return undefined;
  }
  return paths.map(dirname).reduce((common, path) => {
    let shared = common;
    while (shared !== "/" && path !== shared && !path.startsWith(`${shared}/`)) {
      shared = dirname(shared);
    }
    return shared;
  });
}

function fromDirectory(option: string, directory: string): string {
  const paths = pathsOf(option);
  const short = paths.map((path) => relative(directory, path) || ".");
  return paths.length === 0 ? option : `${partsOf(option).name}=${short.join(":")}`;
}
