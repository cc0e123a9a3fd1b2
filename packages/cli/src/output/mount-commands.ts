import path from "node:path";
import type { Mount } from "@gantry/client";
import { quoted } from "./shell.ts";

/**
 * Returns commands of mount(8) that perform mounts at a directory, in order, for a person to run as root.
 *
 * A bind mount takes options only once it is there, so those of it, such as `ro`, come as a remount (mount(8), "Bind
 * mount operation").
 */
export function mountCommands(mounts: readonly Mount[], directory: string): readonly string[] {
  return mounts.flatMap((mount) => {
    const target = mount.target === "" ? directory : path.join(directory, mount.target);
    const bind = bindOption(mount);
    const commands = bind === undefined ? [plain(mount, target)] : bound(mount, bind, target);
    return commands.map((words) => words.map(quoted).join(" "));
  });
}

function bindOption({ options, type }: Mount): "bind" | "rbind" | undefined {
  return ([...options, type] as const).find((word) => word === "rbind" || word === "bind");
}

function plain({ options, source, type }: Mount, target: string): readonly string[] {
  const flags = options.length === 0 ? [] : ["-o", options.join(",")];
  // The helper mount.zfs(8) refuses datasets that have a mount point of their own; the kernel does not.
  const helper = type === "zfs" ? ["--internal-only"] : [];
  return ["mount", ...helper, "-t", type, source, ...flags, target];
}

function bound({ options, source }: Mount, bind: "bind" | "rbind", target: string): readonly (readonly string[])[] {
  const further = options.filter((option) => !["bind", "rbind", "rw"].includes(option));
  const remount = ["mount", "-o", ["remount", ...further, "bind"].join(","), target];
  return [["mount", `--${bind}`, source, target], ...(further.length === 0 ? [] : [remount])];
}
