import { specFromAny } from "@gantry/client";
import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { forEach } from "../failures.ts";

/** `gantry container inspect` */
export const containerInspect: CommandModule = { configure, run: inspect };

function configure(command: Command): void {
  command.argument("<container...>", "ids of containers").option("--json", "as JSON, which it is anyway");
}

async function inspect({ client, output }: CommandContext, [ids]: readonly [readonly string[]]): Promise<number> {
  const found: unknown[] = [];
  const code = await forEach(ids, output, async (id) => {
    const container = await client.containers.get(id);
    found.push({ ...container, spec: specFromAny(container.spec) });
  });
  await output.json(found);
  return code;
}
