import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { parseLifetime } from "../input/lifetime.ts";
import { addLabelOption } from "../input/snapshots.ts";

interface Flags {
  readonly for?: number;
  readonly label?: ReadonlyMap<string, string>;
}

/** `gantry lease create` */
export const leaseCreate: CommandModule = { configure, run: createLease };

function configure(command: Command): void {
  const described = command
    .argument("<lease>", "id of the new lease")
    .option(
      "--for <duration>",
      "how long it lasts, as 90s, 15m, 24h or 7d (default: until it is removed)",
      parseLifetime,
    );
  addLabelOption(described);
}

async function createLease(
  { client, output }: CommandContext,
  [id]: readonly [string],
  { for: lifetimeSeconds, label: labels = new Map() }: Flags,
): Promise<undefined> {
  await client.leases.create(id, { labels, ...(lifetimeSeconds !== undefined && { lifetimeSeconds }) });
  await output.line(id);
}
