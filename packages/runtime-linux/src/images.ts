import { isAbsolute, join } from "node:path";
import { OperationError, type Stdio, type Subject } from "@gantry/api";
import type { Host } from "./host.ts";

/** What CRIU (criu(8)) and runc write beside the images of processes, and read first. */
const required = ["inventory.img", "descriptors.json"];

/** Throws `invalid-argument`: the path of a checkpoint is not absolute. */
export function checkImagesPath(path: string, subject: Subject): void {
  if (isAbsolute(path) && !path.includes("\0")) return;
  throw new OperationError(
    "invalid-argument",
    subject,
    `checkpoint ${JSON.stringify(path)}: expected an absolute path`,
  );
}

/** Rejects as `Container.checkpoint` for a path that is no empty directory. */
export async function requireEmptyDirectory(host: Host, path: string, subject: Subject): Promise<void> {
  await requireDirectory(host, path, subject);
  if ((await host.list(path)).length > 0) {
    throw new OperationError("failed-precondition", subject, `${path} is not empty, as a checkpoint needs it`);
  }
}

/** Rejects as `Runtime.create` for a checkpoint that is none. */
export async function requireImages(host: Host, path: string, subject: Subject): Promise<void> {
  await requireDirectory(host, path, subject);
  for (const name of required) {
    if (await host.exists(join(path, name))) continue;
    throw new OperationError("invalid-argument", subject, `${path} has no checkpoint: there is no ${name}`);
  }
}

/** Removes what a failed dump has left in a directory that was empty before. */
export async function removeImages(host: Host, path: string): Promise<void> {
  await Promise.all((await host.list(path)).map((name) => host.removeTree(join(path, name))));
}

async function requireDirectory(host: Host, path: string, subject: Subject): Promise<void> {
  checkImagesPath(path, subject);
  const kind = await host.kindOf(path);
  if (kind === null) throw new OperationError("not-found", subject, `checkpoint ${path} does not exist`);
  if (kind !== "directory") throw new OperationError("invalid-argument", subject, `${path} is no directory`);
}

/**
 * Checks that a process has nothing that reaches out of its container but the pipes of its monitor, which runc hands
 * to CRIU.
 *
 * Throws `unimplemented`: it has; the message says what.
 */
export function checkStreams(
  { stdio, terminal }: { readonly stdio: Stdio; readonly terminal: boolean },
  subject: Subject,
): void {
  const outside = terminal
    ? "its terminal"
    : stdio.kind === "pipes"
      ? "stdio of kind pipes"
      : stdio.kind === "log" && stdio.stdin
        ? "its standard input"
        : null;
  if (outside === null) return;
  const detail = `a checkpoint cannot hold ${outside}: CRIU follows no file outside of the root file system`;
  throw new OperationError("unimplemented", subject, detail);
}
