import { type ZfsOutcome, zfsCommands } from "../zfs-commands.ts";

/** Commands of a `zfs` that answers every run alike, and the arguments it was run with. */
export function recorded(answer: Partial<ZfsOutcome> | Error = {}) {
  const runs: (readonly string[])[] = [];
  const commands = zfsCommands(async (args) => {
    runs.push(args);
    if (answer instanceof Error) {
      throw answer;
    }
    return { code: 0, stdout: "", stderr: "", ...answer };
  });
  return { runs, commands };
}

/** Commands of a `zfs` that prints this to its standard error, and fails. */
export const failed = (stderr: string) => recorded({ code: 1, stderr }).commands;
