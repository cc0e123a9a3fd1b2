import type { Client } from "@gantry/client";
import { type Command, InvalidArgumentError } from "commander";

/** What every command on snapshots takes. */
export interface SnapshotterFlags {
  readonly snapshotter?: string;
}

/** The snapshots that a command is about: those of the snapshotter that was asked for, or of the daemon's default. */
export function chosenSnapshots(client: Client, { snapshotter }: SnapshotterFlags): Client["snapshots"] {
  return snapshotter === undefined ? client.snapshots : client.snapshots.of(snapshotter);
}

/** Adds the option that {@link chosenSnapshots} looks at. */
export function addSnapshotterOption(command: Command): Command {
  return command.option("--snapshotter <id>", "snapshotter (default: the daemon's)");
}

/** Adds the option for labels of a snapshot that is made. */
export function addLabelOption(command: Command): Command {
  return command.option("--label <key=value>", "label of what is made; may be repeated", collectLabels);
}

/** Adds `KEY=VALUE` to the labels read before; the value may be empty. */
function collectLabels(text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const equals = text.indexOf("=");
  if (equals < 1) {
    throw new InvalidArgumentError("Expected KEY=VALUE.");
  }
  return new Map(before).set(text.slice(0, equals), text.slice(equals + 1));
}
