import { type Client, type ImageRecord, isOperationError } from "@gantry/client";
import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { openArchive } from "../input/archive.ts";
import { showProgress } from "../output/progress.ts";

type UnpackOptions = Parameters<Client["images"]["unpack"]>[1];

interface Flags {
  readonly name?: string;
  readonly keepExisting?: true;
  /** Set by `--no-unpack`. Commander's own default of true is for options that are known before a command is chosen. */
  readonly unpack?: false;
  readonly json?: true;
}

/** `gantry image import` */
export const imageImport: CommandModule = { configure, run: importImage };

function configure(command: Command): void {
  command
    .argument("<path>", "OCI layout directory, or an archive (.tar, .tar.gz, .tar.zst); - for standard input")
    .option("--name <name>", "name of the image, whatever the archive calls it")
    .option("--keep-existing", "fail where a name exists already, in place of moving it")
    .option("--no-unpack", "leave making snapshots of the layers to the first run")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  gantry image import ./layout --name example:latest\n  docker save alpine | gantry image import -",
    );
}

async function importImage(
  { client, output }: CommandContext,
  [path]: readonly [string],
  flags: Flags,
): Promise<undefined> {
  const { keepExisting = false, name } = flags;
  const { bytes, totalBytes } = await openArchive(path);
  using progress = showProgress(output);
  const images = await client.images.import(bytes, {
    keepExisting,
    onProgress: progress.update,
    ...(name !== undefined && { name }),
    ...(totalBytes !== null && { totalBytes }),
  });
  for (const image of flags.unpack === false ? [] : images) {
    await unpack(client, image, { onProgress: progress.update });
  }
  progress[Symbol.dispose]();
  if (flags.json) {
    await output.json(images);
    return;
  }
  for (const image of images) {
    await output.line(`${image.name} ${image.target.digest}`);
  }
}

/** An image that cannot be unpacked safely is taken back, unless its name stood for another one before. */
async function unpack(client: Client, image: ImageRecord, options: UnpackOptions): Promise<void> {
  try {
    await client.images.unpack(image.name, options);
  } catch (error) {
    const isNew = image.createdAt.getTime() === image.updatedAt.getTime();
    if (isNew && isOperationError(error, "invalid-argument")) await client.images.delete(image.name);
    throw error;
  }
}
