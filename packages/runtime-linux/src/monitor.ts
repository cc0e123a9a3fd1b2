import { OperationError, type Stdio, type Subject } from "@gantry/api";
import { conmonArguments, hasStdin, isLogInParts, linkDescriptor, type MonitoredProcess } from "./conmon.ts";
import type { Host, LinkReader, OwnedFd } from "./host.ts";
import { prepareLogParts } from "./log-keeper.ts";
import { isObject, parseJson } from "./lossless-json.ts";
import { programEnv } from "./node-processes.ts";
import { ociFailure } from "./oci-log.ts";
import { type OciRuntime, readLog } from "./oci-runtime.ts";
import { processInput } from "./stdin.ts";

/** What starting a monitor needs. */
export interface MonitorPrograms {
  readonly host: Host;
  readonly oci: OciRuntime;
  /** Absolute path of conmon. */
  readonly conmon: string;
  /** Where conmon makes a short-lived socket for a terminal. */
  readonly temporary: string;
  /** Bytes of a log that are kept at most; 0 for all. */
  readonly logBytes: number;
}

/** A process under a monitor that outlives us. */
export interface Monitored {
  readonly pid: number;
  /** Ends when conmon does, which is after it has recorded the exit, unless conmon was killed. */
  readonly link: LinkReader;
}

/** How to start. */
export interface MonitorStart {
  readonly subject: Subject;
  /** After this time all that was started is killed. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts conmon, which runs the OCI runtime to create the container or to start the exec, and resolves with the pid
 * of the process.
 *
 * If it rejects, the process may be there in part: the caller discards all there is.
 *
 * Rejects as `Runtime.create` and `Process.start`, with what the OCI runtime logged, and with
 * - `deadline-exceeded`: there was no report in time
 */
export async function startMonitor(
  programs: MonitorPrograms,
  process: Omit<MonitoredProcess, "logBytes">,
  start: MonitorStart,
): Promise<Monitored> {
  const { host, logBytes } = programs;
  const { files, stdio, terminal } = process;
  await Promise.all([
    host.makeFifo(files.link, 0o600),
    host.makeDirectory(files.exitDirectory),
    hasStdin(stdio) ? processInput(host, files, terminal).open() : undefined,
    isLogInParts({ stdio, logBytes }) ? prepareLogParts(host, files) : undefined,
  ]);
  const { reader, writer } = await host.createLink(files.link);
  try {
    await launch(programs, { ...process, logBytes }, writer);
    const pid = await reportedPid(programs, process, { ...start, link: reader });
    return { pid, link: reader };
  } catch (error) {
    reader.close();
    throw error;
  }
}

/** Resolves when conmon has left for the background; our own ends of what it got are closed. */
async function launch(programs: MonitorPrograms, process: MonitoredProcess, writer: OwnedFd): Promise<void> {
  await using link = writer;
  await using stdio = await openStandardStreams(programs.host, process.stdio);
  await programs.host.start({
    file: programs.conmon,
    args: conmonArguments(process, programs.oci),
    cwd: process.files.directory,
    env: { ...(process.restore?.env ?? programEnv), TMPDIR: programs.temporary, _OCI_SYNCPIPE: String(linkDescriptor) },
    fds: [...stdio.fds, link.fd],
  });
}

interface StandardStreams extends AsyncDisposable {
  readonly fds: readonly (number | null)[];
}

/** With stdio of kind `pipes` conmon hands its own streams on; in all other cases it makes them. */
async function openStandardStreams(host: Host, stdio: Stdio): Promise<StandardStreams> {
  const { stdin, stdout, stderr }: Partial<Record<string, string>> = stdio.kind === "pipes" ? stdio : {};
  const ends = [
    { path: stdin, end: "read" },
    { path: stdout, end: "both" },
    { path: stderr, end: "both" },
  ] as const;
  // In a list and not in an AsyncDisposableStack, which Node has from version 24 on.
  const opened: OwnedFd[] = [];
  const closeAll = async () => {
    for (const owned of opened) await owned[Symbol.asyncDispose]();
  };
  const fds: (number | null)[] = [];
  try {
    for (const { path, end } of ends) {
      if (path !== undefined) opened.push(await host.openFifo(path, end));
      fds.push(path === undefined ? null : (opened.at(-1)?.fd ?? null));
    }
    return { fds, [Symbol.asyncDispose]: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function reportedPid(
  programs: MonitorPrograms,
  process: Omit<MonitoredProcess, "logBytes">,
  start: MonitorStart & { readonly link: LinkReader },
): Promise<number> {
  const line = await beforeDeadline(programs, process, start);
  const report = line === null ? {} : parseReport(line);
  if (report.pid !== undefined && report.pid > 0) {
    return report.pid;
  }
  const log = await readLog(programs.host, process.files.ociLog);
  const said = ociFailure(log, report.message ?? "");
  if (said === null && !(await programs.host.exists(programs.oci.program))) {
    // conmon looks for it first, and ends without a report where it is not there.
    const detail = `${programs.oci.program} is not there any more`;
    throw new OperationError("failed-precondition", start.subject, detail);
  }
  const detail = said?.message ?? `${programs.conmon} ended without a report`;
  throw new OperationError(
    said?.kind ?? "internal",
    start.subject,
    `${programs.oci.program} ${process.verb}: ${detail}`,
  );
}

/** Waits for conmon's report; when that takes too long or is not wanted any more, the caller kills conmon with all else. */
async function beforeDeadline(
  programs: MonitorPrograms,
  process: Omit<MonitoredProcess, "logBytes">,
  start: MonitorStart & { readonly link: LinkReader },
): Promise<string | null> {
  const { subject, deadlineMs, signal, link } = start;
  const stop = Promise.withResolvers<never>();
  const onAbort = () => stop.reject(signal?.reason);
  const onDeadline = () => {
    const detail = `${programs.oci.program} ${process.verb} did not end within ${deadlineMs} ms and was killed`;
    stop.reject(new OperationError("deadline-exceeded", subject, detail));
  };
  const timer = setTimeout(onDeadline, deadlineMs);
  signal?.addEventListener("abort", onAbort);
  try {
    signal?.throwIfAborted();
    return await Promise.race([link.firstLine, stop.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** conmon writes `{"data": PID}`, or a number below 0 with the last words of the OCI runtime. */
function parseReport(line: string): { readonly pid?: number; readonly message?: string } {
  try {
    const report = parseJson(line);
    if (!isObject(report)) return {};
    const { data, message } = report;
    return { ...(typeof data === "number" && { pid: data }), ...(typeof message === "string" && { message }) };
  } catch {
    // Cut off, since conmon was killed while it wrote.
    return {};
  }
}
