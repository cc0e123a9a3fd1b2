import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { addSnapshotterOption, chosenSnapshots, type SnapshotterFlags } from "../input/snapshots.ts";
import { printable } from "../output/table.ts";

interface Flags extends SnapshotterFlags {
  readonly json?: true;
}

/** `gantry snapshot diff` */
export const snapshotDiff: CommandModule = { configure, run: showChanges };

const letters = { added: "A", changed: "C", removed: "D" } as const;

function configure(command: Command): void {
  command
    .argument("<snapshot>", "key or name of a snapshot, whole")
    .argument("[other]", "key or name of what it is compared with (default: its parent)");
  addSnapshotterOption(command)
    .option("--json", "as JSON")
    .addHelpText("after", "\nEach line is A (added), C (changed) or D (removed, with all that was below) and a path.");
}

async function showChanges(
  { client, output }: CommandContext,
  [name, other]: readonly [string, string | undefined],
  flags: Flags,
): Promise<undefined> {
  const changes = chosenSnapshots(client, flags).diff(name, other);
  if (flags.json) {
    await output.json(await Array.fromAsync(changes));
    return;
  }
  for await (const { kind, path } of changes) {
    await output.line(`${letters[kind]} ${printable(path)}`);
    if (output.isDeaf) return;
  }
}
