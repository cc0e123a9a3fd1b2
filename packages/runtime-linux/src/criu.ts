import { dirname } from "node:path";
import { OperationError } from "@gantry/api";
import type { Host } from "./host.ts";
import { hostSubject } from "./host-error.ts";
import { isObject, parseJson } from "./lossless-json.ts";
import { programEnv } from "./node-processes.ts";
import { type FoundProgram, placesOf } from "./programs.ts";

/** What the options of the runtime say about CRIU. */
export interface CriuOptions {
  /** Absolute path of a program named `criu`, or that name alone. */
  readonly program: string;
  /** Variables that CRIU is run with, beside those of every program. */
  readonly environment: Readonly<Record<string, string>>;
}

/** CRIU, or the reason why there are no checkpoints. */
export type Criu =
  | { readonly path: string; readonly version: string; readonly environment: Readonly<Record<string, string>> }
  | { readonly path: null; readonly reason: string };

/** The check takes some hundred milliseconds, and longer while the host is busy. */
const checkDeadlineMs = 10_000;

/**
 * Finds CRIU and asks it whether it works with this kernel (`criu check`, criu(8)). The answer is kept in `answers`, since
 * asking takes as long as all else that the opening of a runtime does; it counts for the same program until the
 * next boot.
 *
 * @param answers - absolute path of a file that this function may write
 */
export async function findCriu(
  host: Host,
  { program, environment }: CriuOptions,
  found: { readonly oci: FoundProgram; readonly answers: string },
): Promise<Criu> {
  const { oci, answers } = found;
  if (oci.path === null || oci.name !== "runc") {
    const name = oci.path === null ? "missing" : oci.name;
    return { path: null, reason: `checkpoints are made with runc, and the OCI runtime is ${name}` };
  }
  const places = placesOf(program);
  for (const path of places) {
    if (await host.exists(path)) return rememberedCheck(host, { path, environment }, answers);
  }
  return { path: null, reason: `${program} was looked for at ${places.join(", ")}` };
}

/**
 * Gives the variables for an OCI runtime that runs CRIU: it takes the first `criu` of PATH. What the options say goes to
 * CRIU through it.
 */
export function criuEnv(criu: Extract<Criu, { readonly path: string }>): Readonly<Record<string, string>> {
  return { ...programEnv, PATH: `${dirname(criu.path)}:${programEnv["PATH"] ?? ""}`, ...criu.environment };
}

type Candidate = Pick<Extract<Criu, { readonly path: string }>, "path" | "environment">;

async function rememberedCheck(host: Host, candidate: Candidate, answers: string): Promise<Criu> {
  const { path, environment } = candidate;
  const asked = JSON.stringify([
    await host.bootId(),
    path,
    await host.fileId(path),
    await host.modifiedAt(path),
    environment,
  ]);
  const known = readAnswer(await host.readText(answers).catch(() => null), asked);
  const answer = known ?? (await check(host, candidate));
  if (known === null) await host.replaceText(answers, JSON.stringify({ asked, ...answer }));
  return "version" in answer ? { ...candidate, ...answer } : { path: null, reason: `${path} check: ${answer.reason}` };
}

type Answer = { readonly version: string } | { readonly reason: string };

function readAnswer(text: string | null, asked: string): Answer | null {
  if (text === null) return null;
  try {
    const answer = parseJson(text);
    if (!isObject(answer) || answer["asked"] !== asked) return null;
    const { version, reason } = answer;
    if (typeof version === "string") return { version };
    return typeof reason === "string" ? { reason } : null;
  } catch {
    // Not whole; asked again.
    return null;
  }
}

async function check(host: Host, { path, environment }: Candidate): Promise<Answer> {
  const call = { file: path, cwd: "/", env: { ...programEnv, ...environment }, deadlineMs: checkDeadlineMs };
  try {
    const said = await host.run({ ...call, args: ["--version"] });
    const [, version] = /^Version: (\S+)/m.exec(said.stdout) ?? [];
    if (version === undefined) return { reason: "it tells no version" };
    const { code, stdout, stderr } = await host.run({ ...call, args: ["check"] });
    if (code === 0) return { version };
    return { reason: criuErrors(stderr) ?? (lastLine(`${stdout}\n${stderr}`) || `ended with status ${code}`) };
  } catch (error) {
    return { reason: error instanceof OperationError ? error.detail : String(error) };
  }
}

/** How many errors are shown: the first are the telling ones. */
const maxErrors = 3;
const maxErrorLength = 300;

/**
 * Finds the errors in what CRIU logged: `(00.063446) Error (criu/net.c:3282): net: Locking network failed`.
 *
 * @returns `null` if there are none
 */
export function criuErrors(log: string): string | null {
  const errors = [...log.matchAll(/^(?:\([\d.]+\) *)?Error \([^)]*\): *(.*)$/gm)]
    .map(([, message = ""]) => message.trim())
    // CRIU goes on without it.
    .filter((message) => message !== "" && !message.includes("Can't setup RLIMIT_NOFILE"));
  const shown = errors.slice(0, maxErrors).map((message) => message.slice(0, maxErrorLength).replace(/\.$/, ""));
  return shown.length === 0 ? null : shown.join("; ");
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}

/** The error for a checkpoint, or a restore, where there is no CRIU. */
export function noCriu(reason: string, subject = hostSubject): OperationError {
  return new OperationError("unimplemented", subject, `checkpoints need CRIU: ${reason}`);
}
