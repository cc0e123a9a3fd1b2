import path from "node:path";
import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";

/** `gantry checkpoint` */
export const checkpoint: CommandModule = { configure, run: checkpointContainer };

function configure(command: Command): void {
  command
    .argument("<container>", "id of a running container")
    .argument("<directory>", "an empty directory on the daemon's host, which gets the state of the processes")
    .option("--leave-running", "let the container go on; without this it is stopped then")
    .addHelpText(
      "after",
      "\nExample:\n  mkdir /srv/web && gantry checkpoint web /srv/web\n  gantry run -d --name web2 --restore /srv/web my-server",
    );
}

async function checkpointContainer(
  { client, output }: CommandContext,
  [container, directory]: readonly [string, string],
  flags: { readonly leaveRunning?: true },
): Promise<undefined> {
  const leaveRunning = flags.leaveRunning ?? false;
  await client.containers.checkpoint(container, { path: path.resolve(directory), leaveRunning });
  await output.line(container);
}
