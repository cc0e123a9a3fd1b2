import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { formatAge } from "../output/quantities.ts";
import { table } from "../output/table.ts";

/** `gantry image ls` */
export const imageLs: CommandModule = { configure, run: listImages };

function configure(command: Command): void {
  command.option("-q, --quiet", "names only").option("--json", "as JSON");
}

async function listImages(
  { client, output }: CommandContext,
  _operands: readonly [],
  flags: { readonly json?: true; readonly quiet?: true },
): Promise<undefined> {
  const images = await client.images.list();
  if (flags.json) {
    await output.json(images);
  } else if (flags.quiet) {
    for (const { name } of images) await output.line(name);
  } else {
    const rows = images.map(({ createdAt, name, target }) => [
      name,
      target.digest,
      kindOf(target.mediaType),
      formatAge(createdAt),
    ]);
    await output.line(table(["NAME", "DIGEST", "KIND", "CREATED"], rows));
  }
}

function kindOf(mediaType: string): string {
  return /index|list/.test(mediaType) ? "index" : "manifest";
}
