import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";

/** `gantry logs` */
export const logs: CommandModule = { configure, run: showLogs };

function configure(command: Command): void {
  command.argument("<container>", "id of a container").option("-f, --follow", "go on until the container has ended");
}

async function showLogs(
  { client, output }: CommandContext,
  [container]: readonly [string],
  flags: { follow?: true },
): Promise<undefined> {
  for await (const { data, stream } of client.containers.output(container, { follow: flags.follow ?? false })) {
    await output.bytes(stream, data);
    if (output.isDeaf) {
      return;
    }
  }
}
