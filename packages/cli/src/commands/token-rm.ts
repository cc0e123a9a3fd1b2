import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { forEach } from "../failures.ts";

/** `gantry token rm` */
export const tokenRm: CommandModule = { configure, run: removeTokens };

function configure(command: Command): void {
  command.argument("<token...>", "ids of tokens, as ls shows them");
}

async function removeTokens({ client, output }: CommandContext, [ids]: readonly [readonly string[]]): Promise<number> {
  return forEach(ids, output, async (id) => {
    await client.tokens.delete(id);
    await output.line(id);
  });
}
