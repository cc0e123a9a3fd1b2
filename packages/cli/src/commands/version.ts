import { isOperationError } from "@gantry/client";
import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { ownVersion } from "../own-version.ts";

/** `gantry version` */
export const version: CommandModule = { configure, run: showVersions };

function configure(command: Command): void {
  command.option("--json", "as JSON");
}

async function showVersions(
  { client, output }: CommandContext,
  _operands: readonly [],
  flags: { json?: true },
): Promise<number> {
  const own = { version: await ownVersion(), engine: `Node ${process.versions.node}` };
  const daemon = await client.system.version().catch((error: unknown) => {
    // This program has a version also where no daemon runs.
    if (isOperationError(error, "unavailable")) {
      output.complain(error);
      return null;
    }
    throw error;
  });
  if (flags.json) {
    await output.json({ client: own, daemon });
  } else {
    await output.line(`gantry   ${own.version} (${own.engine})`);
    await output.line(
      daemon === null
        ? "gantryd  not there"
        : `gantryd  ${daemon.version} (${daemon.engine}, ${daemon.os}/${daemon.architecture})`,
    );
  }
  return daemon === null ? 1 : 0;
}
