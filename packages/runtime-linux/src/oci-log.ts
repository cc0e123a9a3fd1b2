import type { ErrorKind } from "@gantry/api";
import { isObject, parseJson } from "./lossless-json.ts";

/** What an OCI runtime said about its failure. */
export interface OciFailure {
  readonly kind: ErrorKind;
  readonly message: string;
}

interface Cause {
  readonly pattern: RegExp;
  readonly kind: ErrorKind;
  /** What the caller can do about it, where the words do not say. */
  readonly hint?: string;
}

/**
 * Causes known by what runc and crun write. The words are no contract of theirs; what is not recognised is `internal`
 * with the words in the message, so that nothing is hidden.
 */
const causes: readonly Cause[] = [
  // runc itself looks there, after it has made the container's root its own.
  {
    pattern: /open \/proc\/[\w/]+: no such file or directory/,
    kind: "invalid-argument",
    hint: "the spec needs a mount of type proc at /proc",
  },
  {
    pattern: /unable to set memory limit|OOM-killed|memory limit too low/i,
    kind: "invalid-argument",
    hint: "linux.resources.memory.limit is less than the start of a container takes",
  },
  // A limit whose controller is not there.
  { pattern: /\/sys\/fs\/cgroup\/.*no such file or directory/, kind: "invalid-argument" },
  {
    pattern: /executable file .*not found|exec: .*no such file or directory|executable path is empty/i,
    kind: "not-found",
  },
  { pattern: /chdir to cwd .*(no such file|not a directory)|working directory .*not exist/i, kind: "not-found" },
  { pattern: /unable to find user|no such user|unable to find group/i, kind: "not-found" },
  { pattern: /(exec|open executable|chdir).*permission denied/i, kind: "permission-denied" },
  { pattern: /exec format error/i, kind: "invalid-argument" },
  {
    pattern: /container .*(does not exist|not exist)|no such (process|container)|process already finished/i,
    kind: "not-found",
  },
  {
    pattern:
      /(cannot|can't) .*(stopped|not running|paused|running) (state|container)|container .*not (running|paused|created)/i,
    kind: "failed-precondition",
  },
  {
    pattern: /resource temporarily unavailable|cannot allocate memory|no space left on device|too many open files/i,
    kind: "resource-exhausted",
  },
  {
    pattern:
      /error mounting .*(no such file|not a directory|invalid argument)|mount .*: (no such file|invalid argument)/i,
    kind: "invalid-argument",
  },
  {
    pattern:
      /invalid argument|invalid configuration|cannot unmarshal|is not (in )?a (separate|valid)|unknown (capability|seccomp|signal)|cgroup.*(not (mounted|supported|found))/i,
    kind: "invalid-argument",
  },
];

/**
 * Finds what failed in an OCI runtime's log of one JSON object a line, or else in what it printed.
 *
 * @returns `null` if neither says anything
 */
export function ociFailure(log: string, printed: string): OciFailure | null {
  const message = lastLoggedError(log) ?? lastLine(printed);
  if (message === null) {
    return null;
  }
  const telling = tellingPart(message);
  const cause = causes.find(({ pattern }) => pattern.test(telling));
  const hint = cause?.hint === undefined ? "" : ` (${cause.hint})`;
  return { kind: cause?.kind ?? "internal", message: `${tidy(message)}${hint}` };
}

/**
 * How much of a message is looked at from either end. The patterns take time with the square of its length, and a name
 * in the middle of it can be as long as somebody likes; what failed is said before it, and why behind it.
 */
const tellingLength = 4096;

function tellingPart(message: string): string {
  return message.length <= 2 * tellingLength
    ? message
    : `${message.slice(0, tellingLength)} ${message.slice(-tellingLength)}`;
}

/** An error is the last that is logged, or nearly so: among so many lines it is found. */
const maxLines = 1000;

/** The log may end in a torn line, and crun writes other levels in other letters. */
function lastLoggedError(log: string): string | null {
  for (const line of log.split("\n").slice(-maxLines).toReversed()) {
    const entry = parseLine(line);
    if (entry !== null) {
      return entry;
    }
  }
  return null;
}

function parseLine(line: string): string | null {
  try {
    const entry = parseJson(line);
    const isError = isObject(entry) && /^(error|fatal|panic)$/i.test(String(entry["level"]));
    return isError && typeof entry["msg"] === "string" && entry["msg"] !== "" ? entry["msg"] : null;
  } catch {
    // Not a line of ours, or not whole.
    return null;
  }
}

function lastLine(text: string): string | null {
  return text.trim().split("\n").at(-1)?.trim() || null;
}

/** The most of a message that is worth showing; a hostile program name can make it as long as it likes. */
const maxMessageLength = 1024;

/** As our own messages are: one line, no prefix of the program's name, no full stop. */
function tidy(message: string): string {
  const line = message
    .slice(0, tellingLength)
    .replaceAll(/\s+/g, " ")
    .replace(/^(runc|crun): /, "");
  return line.replace(/\.$/, "").slice(0, maxMessageLength);
}
