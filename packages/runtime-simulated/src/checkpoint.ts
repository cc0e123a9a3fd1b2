import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { OperationError, type Subject } from "@gantry/api";
import type { ContainerRecord, ProcessRecord } from "./record.ts";

/** The one file of a checkpoint. */
const imageName = "simulated.json";
/** Form of that file; a later one is refused. */
const imageVersion = 1;

/** A container as it stood: its init process, and what the programs have made. */
export interface CheckpointImage {
  readonly version: typeof imageVersion;
  /** In ms since 1970; the times in `init` are as they were then. */
  readonly savedAt: number;
  readonly files: readonly string[];
  readonly init: ProcessRecord;
}

/**
 * Checks that a checkpoint can be written to `path`.
 *
 * Throws what `Container.checkpoint` rejects with for a bad path.
 */
export function checkEmptyDirectory(path: string, subject: Subject): void {
  checkDirectory(path, subject);
  if (readdirSync(path).length > 0) {
    throw new OperationError("failed-precondition", subject, `${path} is not empty, as a checkpoint needs it`);
  }
}

/** Writes the image of a container; if it throws, nothing of it is there. */
export function writeCheckpoint(path: string, { files, processes: [init] }: ContainerRecord, savedAt: number): void {
  const file = join(path, imageName);
  try {
    writeFileSync(file, JSON.stringify({ version: imageVersion, savedAt, files, init }), { flag: "wx", mode: 0o600 });
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

/**
 * Reads the image of a container.
 *
 * Throws what `Runtime.create` rejects with for a checkpoint that is none.
 */
export function readCheckpoint(path: string, subject: Subject): CheckpointImage {
  checkDirectory(path, subject);
  try {
    // Written by `writeCheckpoint`.
    const image: CheckpointImage = JSON.parse(readFileSync(join(path, imageName), "utf8"));
    if (image.version === imageVersion) return image;
  } catch {
    // Told below.
  }
  throw new OperationError("invalid-argument", subject, `${path} has no checkpoint of this runtime`);
}

/** Throws `invalid-argument`: the path is not absolute. */
export function checkAbsolute(path: string, subject: Subject): void {
  if (isAbsolute(path) && !path.includes("\0")) return;
  throw new OperationError(
    "invalid-argument",
    subject,
    `checkpoint ${JSON.stringify(path)}: expected an absolute path`,
  );
}

function checkDirectory(path: string, subject: Subject): void {
  checkAbsolute(path, subject);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new OperationError("not-found", subject, `checkpoint ${path} does not exist`);
  if (!found.isDirectory()) throw new OperationError("invalid-argument", subject, `${path} is no directory`);
}
