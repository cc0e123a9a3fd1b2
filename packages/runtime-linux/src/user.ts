import { OperationError } from "@gantry/api";
import { specError } from "./spec-error.ts";
import { idMax, parseUserText, type UserText } from "./user-text.ts";

/** A user in the numbers that a process runs with. */
export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  /** All groups of the process, its `gid` first, without repetition. */
  readonly additionalGids: readonly number[];
}

/** The two files of a root file system that name users and groups; `null` where one is absent. */
export interface UserFiles {
  readonly passwd: string | null;
  readonly group: string | null;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: string;
  readonly gid: string;
}

interface GroupEntry {
  readonly name: string;
  readonly gid: string;
  readonly members: readonly string[];
}

/**
 * Looks up `NAME[:GROUP]` as login(1) would, in `files` alone.
 *
 * A user by number need not exist there, and then has group 0. Without a named group the user has its own group and
 * those that list it; with one it has that group alone.
 *
 * Throws
 * - `not-found`: a name is not in its file
 * - `invalid-argument`: the text has another form, or the ids in the file are out of range
 */
export function resolveUser(text: string, files: UserFiles): ResolvedUser {
  const wanted = parseUserText(text);
  const entry = findUser(wanted.user, files.passwd ?? "");
  if (entry === null && typeof wanted.user === "string") {
    throw notFound(`no user ${JSON.stringify(wanted.user)} in /etc/passwd of the root file system`);
  }
  const uid = typeof wanted.user === "number" ? wanted.user : idOfEntry(entry?.uid ?? "", wanted.user);
  if (wanted.group !== null) {
    const gid = findGroup(wanted.group, files.group ?? "");
    return { uid, gid, additionalGids: [gid] };
  }
  const gid = entry === null ? 0 : idOfEntry(entry.gid, entry.name);
  const listed = entry === null ? [] : groupsOfMember(entry.name, files.group ?? "");
  return { uid, gid, additionalGids: [...new Set([gid, ...listed])] };
}

function findUser(user: UserText["user"], passwd: string): PasswdEntry | null {
  for (const line of passwd.split("\n")) {
    const [name, , uid, gid] = line.split(":");
    if (
      name !== undefined &&
      uid !== undefined &&
      gid !== undefined &&
      (typeof user === "number" ? isId(uid) && Number(uid) === user : name === user)
    ) {
      return { name, uid, gid };
    }
  }
  return null;
}

function findGroup(group: string | number, file: string): number {
  if (typeof group === "number") {
    return group;
  }
  const entry = groupEntries(file).find(({ name }) => name === group);
  if (entry === undefined) {
    throw notFound(`no group ${JSON.stringify(group)} in /etc/group of the root file system`);
  }
  return idOfEntry(entry.gid, entry.name);
}

/** A group whose id is out of range is left out here: the user did not ask for it. */
function groupsOfMember(name: string, file: string): readonly number[] {
  return groupEntries(file)
    .filter((entry) => entry.members.includes(name) && isId(entry.gid))
    .map((entry) => Number(entry.gid));
}

function groupEntries(file: string): readonly GroupEntry[] {
  return file.split("\n").flatMap((line) => {
    const [name, , gid, members = ""] = line.split(":");
    return name === undefined || gid === undefined ? [] : [{ name, gid, members: members.split(",") }];
  });
}

function idOfEntry(text: string, name: string): number {
  if (isId(text)) {
    return Number(text);
  }
  const given = JSON.stringify(text.slice(0, 64));
  const detail = `the entry of ${JSON.stringify(name)} has id ${given}, expected a number from 0 to ${idMax}`;
  throw specError("process.user.username", detail);
}

function isId(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) <= idMax;
}

function notFound(detail: string): OperationError {
  return new OperationError("not-found", { type: "spec", id: "process.user.username" }, detail);
}
