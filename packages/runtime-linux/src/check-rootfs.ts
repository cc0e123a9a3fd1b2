import { OperationError, type Subject } from "@gantry/api";
import type { Host } from "./host.ts";

/**
 * Looks whether an OCI runtime can be let loose on a root file system.
 *
 * runc before 1.3.6 makes the links of /dev (fd, stdin, ptmx and so on) by the path of the root file system and that
 * name, and follows a link in it out to the host, where it overwrites what is there (CVE-2026-41579). No image needs one.
 *
 * Rejects with `invalid-argument`: /dev is there and no directory.
 */
export async function checkRootfs(host: Host, rootfs: string, subject: Subject): Promise<void> {
  const [names, directories] = await Promise.all([host.list(rootfs), host.listDirectories(rootfs)]);
  if (names.includes("dev") && !directories.includes("dev")) {
    throw new OperationError("invalid-argument", subject, "/dev in the root file system is no directory");
  }
}
