import type { Stdio } from "@gantry/api";
import type { OciRuntime } from "./oci-runtime.ts";
import type { ProcessFiles } from "./process-files.ts";

/** What conmon is to supervise. */
export interface MonitoredProcess {
  readonly files: ProcessFiles;
  readonly ociId: string;
  readonly stdio: Stdio;
  readonly terminal: boolean;
  /** `create` makes a container from the bundle, `restore` out of a checkpoint too, `exec` adds a process to it. */
  readonly verb: "create" | "restore" | "exec";
  /** For `restore`. */
  readonly restore?: RestoreSource;
  /** Bytes of the log that are kept at most; 0 for all. */
  readonly logBytes: number;
}

/** What processes are restored from. */
export interface RestoreSource {
  /** Absolute path of the directory of the images: the OCI runtime changes its own. */
  readonly images: string;
  /** Absolute path of a directory for logs. */
  readonly work: string;
  /** The environment of the OCI runtime, which hands it on to CRIU. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs the OCI runtime with its standard input from the FIFO named first. conmon itself knows /dev/null and a pipe that
 * it never closes again or closes with its first client; a FIFO of ours is closed when we say so, and needs no one
 * to copy.
 */
const withStdin = 'fifo=$1; shift; exec "$@" <"$fifo"';

/** The descriptor that conmon finds by `_OCI_SYNCPIPE`: the first after the standard streams. */
export const linkDescriptor = 3;

/**
 * Returns conmon's arguments (conmon(8)). It is to be run in the process's directory, since its log driver takes no path
 * with a colon, and it puts its `oom` file there.
 */
export function conmonArguments(process: MonitoredProcess, oci: OciRuntime): readonly string[] {
  const { files } = process;
  return [
    "--api-version=1",
    `--cid=${process.ociId}`,
    `--cuuid=${process.ociId}`,
    `--bundle=${files.directory}`,
    `--container-pidfile=${files.pid}`,
    `--conmon-pidfile=${files.monitorPid}`,
    `--exit-dir=${files.exitDirectory}`,
    "--full-attach",
    // The directory does not survive a reboot, so there is nothing that a sync at the end would save.
    "--no-sync-log",
    // It writes its own messages where the container's error output goes with the passthrough driver.
    "--log-level=error",
    `--log-path=${logDriver(process.stdio)}`,
    // Two parts are kept: the one before the present one too.
    ...(isLogInParts(process) ? [`--log-size-max=${Math.floor(process.logBytes / 2)}`] : []),
    ...(process.terminal ? ["--terminal"] : []),
    ...(process.terminal && hasStdin(process.stdio) ? ["--stdin", "--leave-stdin-open"] : []),
    // conmon names the bundle as the place of logs itself; of two, the OCI runtime takes the last.
    ...(process.restore === undefined
      ? []
      : [`--restore=${process.restore.images}`, `--runtime-opt=--work-path=${process.restore.work}`]),
    ...(process.verb === "exec" ? ["--exec", `--exec-process-spec=${files.process}`] : []),
    ...runtimeArguments(process, oci),
  ];
}

/** Whether input is given by `Process.writeStdin`. */
export function hasStdin(stdio: Stdio): boolean {
  return stdio.kind === "log" && stdio.stdin === true;
}

/** Whether the log begins anew at times, for which something has to be prepared. */
export function isLogInParts({ stdio, logBytes }: Pick<MonitoredProcess, "stdio" | "logBytes">): boolean {
  return stdio.kind === "log" && logBytes > 0;
}

function logDriver(stdio: Stdio): string {
  switch (stdio.kind) {
    case "none":
      return "none";
    case "log":
      return "k8s-file:log";
    case "pipes":
      return "passthrough";
  }
}

function runtimeArguments(process: MonitoredProcess, oci: OciRuntime): readonly string[] {
  const global = oci.globalArgs(process.files.ociLog);
  const usesFifo = hasStdin(process.stdio) && !process.terminal;
  const [program, before] = usesFifo
    ? ["/bin/sh", ["-c", withStdin, "sh", process.files.stdin, oci.program]]
    : [oci.program, []];
  return [`--runtime=${program}`, ...[...before, ...global].map((argument) => `--runtime-arg=${argument}`)];
}
