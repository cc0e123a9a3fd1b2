import { mkdir, readdir, readFile, rm, rmdir, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isOperationError, OperationError } from "@gantry/api";
import { mountAll, unmountAll } from "@gantry/sys";
import { errnoOf } from "../../errno.ts";
import { fileError } from "../../file-error.ts";

/** Characters that separate or quote within the options of an overlay mount. */
const special = /[:,\\"]/;

/**
 * Finds the options that every overlay mount on `root` shall have, by mounting one and trying what images need of it:
 * files and directories of a lower layer can be removed and made anew, and the lower layer stays as it was. That fails
 * on file systems without file types in directories (d_type) or without extended attributes, and on an overlay.
 *
 * Rejects with
 * - `unimplemented`: overlay does not work here; the message says why
 * - `resource-exhausted`: there is no room to try it
 */
export async function findOverlayOptions(root: string): Promise<readonly string[]> {
  if (special.test(root)) {
    throw unsupported(root, 'the path contains a character that overlay mounts give a meaning to, one of : , \\ and "');
  }
  const base = await moduleOptions();
  const place = join(root, "probe");
  try {
    await attempt(place, base);
    return base;
  } catch (plain) {
    // In a user namespace of our own the kernel lets nobody write trusted.* attributes (Documentation/filesystems/overlayfs.rst).
    const options = [...base, "userxattr"];
    await attempt(place, options).catch(() => {
      throw plain instanceof OperationError ? plain : failureOf(root, plain);
    });
    return options;
  }
}

/**
 * `index` would refuse to mount a lower directory that was copied or restored, and `metacopy` would leave files in the
 * layer that have no content of their own; both are defaults of the module, or unknown to an old one.
 */
async function moduleOptions(): Promise<readonly string[]> {
  const index = await moduleParameter("index");
  const metacopy = await moduleParameter("metacopy");
  return [...(index === undefined ? [] : ["index=off"]), ...(metacopy === "Y" ? ["metacopy=off"] : [])];
}

async function moduleParameter(name: string): Promise<string | undefined> {
  try {
    return (await readFile(`/sys/module/overlay/parameters/${name}`, "utf8")).trim();
  } catch {
    // Not loaded yet, or too old to have it: the mount itself tells whether overlay works.
    return undefined;
  }
}

async function attempt(place: string, options: readonly string[]): Promise<void> {
  // A crash in here leaves the mount and the directories.
  await unmountAll(join(place, "merged"));
  await rm(place, { recursive: true, force: true });
  try {
    await tryOverlay(place, options);
  } finally {
    await unmountAll(join(place, "merged"));
    await rm(place, { recursive: true, force: true });
  }
}

async function tryOverlay(place: string, options: readonly string[]): Promise<void> {
  const lower = join(place, "lower");
  const upper = join(place, "upper");
  const work = join(place, "work");
  const merged = join(place, "merged");
  await mkdir(join(lower, "directory/old"), { recursive: true });
  await writeFile(join(lower, "file"), "");
  await Promise.all([upper, work, merged].map((path) => mkdir(path)));
  const directories = [`workdir=${work}`, `upperdir=${upper}`, `lowerdir=${lower}`];
  await mountAll([{ type: "overlay", source: "overlay", target: "", options: [...options, ...directories] }], merged);
  await unlink(join(merged, "file"));
  await rmdir(join(merged, "directory/old"));
  // Where whiteouts are taken for files, the directory is not empty.
  await rmdir(join(merged, "directory")).catch((error: unknown) => {
    throw errnoOf(error) === "ENOTEMPTY" ? shownAgain(place, error) : error;
  });
  await mkdir(join(merged, "directory"));
  const shown = [...(await readdir(merged)), ...(await readdir(join(merged, "directory")))].join();
  if (shown !== "directory") {
    throw shownAgain(place);
  }
}

function shownAgain(place: string, cause?: unknown): OperationError {
  const reason = "what is removed from a lower layer shows again; does the file system lack d_type?";
  return unsupported(place, reason, cause);
}

function unsupported(root: string, reason: string, cause?: unknown): OperationError {
  const detail = `overlay does not work here: ${reason}`;
  return new OperationError("unimplemented", { type: "snapshotter", id: root }, detail, { cause });
}

/** That there is no room for the attempt says nothing about overlay. */
function failureOf(root: string, error: unknown): unknown {
  const failure = fileError({ type: "snapshotter", id: root }, "overlay cannot be tried", error);
  return isOperationError(failure, "resource-exhausted") ? failure : unsupported(root, reasonOf(error), error);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
