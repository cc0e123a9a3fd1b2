import type { Mount } from "@gantry/client";
import type { Command } from "commander";
import { mountCommands } from "./mount-commands.ts";
import type { Output } from "./output.ts";

/** How to print mounts. */
export interface MountFlags {
  readonly target?: string;
  readonly json?: true;
}

/** Adds the options that {@link printMounts} looks at. */
export function addMountOptions(command: Command): Command {
  return command
    .option("--target <directory>", "where the printed commands mount it (default: /mnt)")
    .option("--json", "as JSON, the mounts and not commands");
}

/** Prints mounts as commands that perform them, one a line. */
export async function printMounts(output: Output, mounts: readonly Mount[], flags: MountFlags): Promise<void> {
  if (flags.json) {
    await output.json(mounts);
    return;
  }
  await output.line(mountCommands(mounts, flags.target ?? "/mnt").join("\n"));
}
