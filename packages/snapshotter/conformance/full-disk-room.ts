import { mkdir, open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";

/** What a file system can run out of. */
export type Resource = "blocks" | "inodes";

/** Takes room on a file system away, and gives it back. */
export interface Room {
  /** Leaves `units` of the resource to others, or as few as can be left. */
  leave(units: number): Promise<void>;
  /** Gives back what {@link leave} took. */
  giveBack(): Promise<void>;
}

/** Fills the file system of `directory`, which must exist, by files in it. */
export function roomOn(directory: string, resource: Resource): Room {
  const place = join(directory, "ballast");
  return {
    async leave(units) {
      await mkdir(place);
      await (resource === "blocks" ? fillBlocks(place, units) : fillInodes(place, units));
    },
    giveBack: () => rm(place, { recursive: true, force: true }),
  };
}

/** Writes until nothing more can be written, since file systems keep some blocks for themselves, and shortens the file. */
async function fillBlocks(place: string, units: number): Promise<void> {
  const blockBytes = (await statfs(place)).bsize;
  const file = await open(join(place, "bytes"), "w");
  try {
    const written = await untilFull(async (position) => {
      const { bytesWritten } = await file.write(Buffer.alloc(blockBytes), 0, blockBytes, position * blockBytes);
      return bytesWritten === blockBytes;
    });
    await file.truncate(Math.max(0, written - units) * blockBytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function fillInodes(place: string, units: number): Promise<void> {
  const made = await untilFull(async (position) => {
    const file = await open(join(place, `${position}`), "w");
    await file.close();
    return true;
  });
  for (let position = Math.max(0, made - units); position < made; position += 1) {
    await rm(join(place, `${position}`));
  }
}

/** Takes one unit after another; returns how many there were. */
async function untilFull(take: (position: number) => Promise<boolean>): Promise<number> {
  for (let position = 0; ; position += 1) {
    try {
      if (!(await take(position))) {
        return position;
      }
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOSPC") {
        return position;
      }
      throw error;
    }
  }
}
