import { type ContainerStatus, specFromAny } from "@gantry/client";
import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { formatAge } from "../output/quantities.ts";
import { describeSupervision } from "../output/supervision.ts";
import { table } from "../output/table.ts";

interface Flags {
  readonly all?: true;
  readonly quiet?: true;
  readonly json?: true;
}

/** `gantry ps` */
export const ps: CommandModule = { configure, run: listContainers };

function configure(command: Command): void {
  command
    .option("-a, --all", "also those that do not run")
    .option("-q, --quiet", "ids only")
    .option("--json", "as JSON");
}

async function listContainers(
  { client, output }: CommandContext,
  _operands: readonly [],
  flags: Flags,
): Promise<undefined> {
  const all = await client.containers.list();
  const containers = flags.all
    ? all
    : all.filter(({ state }) => state.status === "running" || state.status === "paused");
  if (flags.json) {
    await output.json(containers.map(summaryOf));
  } else if (flags.quiet) {
    for (const { id } of containers) await output.line(id);
  } else {
    const rows = containers.map((container) => [
      container.id,
      container.image,
      JSON.stringify(commandOf(container).join(" ").slice(0, 40)),
      formatAge(container.createdAt),
      statusOf(container),
      container.runtime,
    ]);
    await output.line(table(["CONTAINER", "IMAGE", "COMMAND", "CREATED", "STATUS", "RUNTIME"], rows));
  }
}

function statusOf(container: ContainerStatus): string {
  return standingOf(container) + describeSupervision(container.supervision);
}

function standingOf({ reason, state }: ContainerStatus): string {
  switch (state.status) {
    case "stopped":
      return `stopped (${state.exit?.status}) ${formatAge(state.exit?.exitedAt ?? new Date())}${state.exit?.oomKilled ? ", out of memory" : ""}`;
    case "unknown":
      return `unknown (${reason})`;
    default:
      return state.pid === null ? state.status : `${state.status} (pid ${state.pid})`;
  }
}

/** A spec that this program cannot read is no reason to list nothing. */
function commandOf({ spec }: ContainerStatus): readonly string[] {
  try {
    return specFromAny(spec).process?.args ?? [];
  } catch {
    return [];
  }
}

function summaryOf(container: ContainerStatus) {
  const { createdAt, id, image, labels, runtime, snapshot, state, supervision } = container;
  const { exit, pid, status } = state;
  const { health, restarts } = supervision;
  const stands = { status, pid, exit, health, restarts };
  return { id, image, command: commandOf(container), runtime, ...stands, snapshot, labels, createdAt };
}
