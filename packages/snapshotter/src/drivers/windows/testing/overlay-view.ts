import { chmod, chown, lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { mountAll } from "@gantry/sys";
import { findOverlayOptions } from "../../overlay/overlay-support.ts";
import { filesDirectory } from "../layer-files.ts";

/** What a simulated disk contains is beside it. */
const contentDirectory = "sandbox";

/** The directory with what was written to a simulated disk, in the form that overlay mounts give it. */
export function scratchContent(layerPath: string): string {
  return join(layerPath, contentDirectory, "upper");
}

/** Makes the directory of a simulated disk if there is none; its root begins as that of the parent. */
export async function makeScratchContent(layerPath: string, parent: string): Promise<void> {
  const upper = scratchContent(layerPath);
  if (await isThere(upper)) {
    return;
  }
  const { uid, gid, mode } = await lstat(join(parent, filesDirectory));
  await mkdir(upper, { recursive: true });
  if (process.getuid?.() === 0) {
    await chown(upper, uid, gid);
  }
  await chmod(upper, mode & 0o7777);
}

/** Lays simulated disks over the files of their parents, by overlay mounts of Linux. Needs root. */
export class OverlayView {
  readonly #directory: string;
  #options: readonly string[] | undefined;

  /** @param directory - where overlay mounts are tried */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Shows a layer at the existing directory `place`. */
  async show(layerPath: string, parents: readonly string[], place: string): Promise<void> {
    this.#options ??= await findOverlayOptions(this.#directory);
    const work = join(layerPath, contentDirectory, "work");
    await mkdir(work, { recursive: true });
    const lower = parents.map((parent) => join(parent, filesDirectory)).join(":");
    const directories = [`workdir=${work}`, `upperdir=${scratchContent(layerPath)}`, `lowerdir=${lower}`];
    await mountAll(
      [{ type: "overlay", source: "overlay", target: "", options: [...this.#options, ...directories] }],
      place,
    );
  }
}

/** Whether there is anything at `path`. */
export async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
