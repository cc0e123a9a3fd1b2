import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { forEach } from "../failures.ts";
import { resolveImageName } from "../image-name.ts";

/** `gantry image rm` */
export const imageRm: CommandModule = { configure, run: removeImages };

function configure(command: Command): void {
  command.argument("<image...>", "names of images").option("--json", "as JSON, one object a line");
}

async function removeImages(
  { client, output }: CommandContext,
  [images]: readonly [readonly string[]],
  flags: { json?: true },
): Promise<number> {
  return forEach(images, output, async (given) => {
    const name = await resolveImageName(client, given);
    const { content, snapshots } = await client.images.delete(name);
    const text = `${name} (with ${content.length} blobs and ${snapshots.length} snapshots)`;
    await (flags.json
      ? output.jsonLine({ name, removedContent: content, removedSnapshots: snapshots })
      : output.line(text));
  });
}
