import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { forEach } from "../failures.ts";
import { objectForm, objectText, parseObject } from "../input/objects.ts";
import { printable } from "../output/table.ts";

/** `gantry lease add` */
export const leaseAdd: CommandModule = { configure, run: addObjects };

function configure(command: Command): void {
  command
    .argument("<lease>", "id of a lease")
    .argument("<object...>", `objects: ${objectForm}`)
    .option("--remove", "take them from it instead");
}

async function addObjects(
  { client, output }: CommandContext,
  [id, objects]: readonly [string, readonly string[]],
  { remove = false }: { readonly remove?: boolean },
): Promise<number> {
  return forEach(objects, output, async (text) => {
    const object = parseObject(text);
    await (remove ? client.leases.remove(id, object) : client.leases.add(id, object));
    await output.line(printable(objectText(object)));
  });
}
