import { type CheckpointOptions, OperationError } from "@gantry/api";
import type { LinuxContainer } from "./container.ts";
import { criuEnv, criuErrors, noCriu } from "./criu.ts";
import { killTree } from "./discard.ts";
import type { ProcessIdentity } from "./host.ts";
import { checkImagesPath, checkStreams, removeImages, requireEmptyDirectory } from "./images.ts";
import { isObject, parseJson } from "./lossless-json.ts";
import { readLog } from "./oci-runtime.ts";
import { readIdentity, writeIdentity } from "./record.ts";
import { wrongStatus } from "./status.ts";

/** How long a dumped container may take to be reported as ended. */
const endPatienceMs = 10_000;

/** As `Container.checkpoint`; to be run among the container's changes. */
export async function checkpointContainer(container: LinuxContainer, options: CheckpointOptions): Promise<void> {
  const { context, supervised, subject } = container;
  const { path, leaveRunning = false, signal } = options;
  if (context.criu.path === null) throw noCriu(context.criu.reason, subject);
  checkImagesPath(path, subject);
  const status = await container.refresh();
  if (status !== "running") throw wrongStatus(subject, status, { doing: "checkpoint", expected: ["running"] });
  checkStreams(container.record, subject);
  checkNoExecs(container);
  await requireEmptyDirectory(context.host, path, subject);
  signal?.throwIfAborted();
  try {
    await dump(container, { path, leaveRunning, signal });
  } catch (error) {
    await undo(container, path);
    throw error;
  }
  await context.host.removeFile(container.bundle.dumping);
  if (leaveRunning) await container.refresh();
  else await supervised.whenStopped(AbortSignal.timeout(endPatienceMs));
}

/** Their parents are outside of the container, where CRIU does not follow them. */
function checkNoExecs({ execProcesses, subject }: LinuxContainer): void {
  for (const exec of execProcesses.values()) {
    const { status, identity } = exec.supervised;
    if (identity === null || status === "stopped") continue;
    throw new OperationError("failed-precondition", subject, `cannot checkpoint while its exec ${exec.id} runs`);
  }
}

interface Dump {
  readonly path: string;
  readonly leaveRunning: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Has runc dump the container, and kills it with CRIU when that takes too long or is not wanted any more. */
async function dump(container: LinuxContainer, { path, leaveRunning, signal }: Dump): Promise<void> {
  const { context, bundle, subject } = container;
  const { host, oci, criu } = context;
  if (criu.path === null) throw noCriu(criu.reason, subject);
  const log = `${bundle.ociLog}.checkpoint`;
  await host.removeFile(log);
  await host.removeTree(bundle.criu);
  await host.makeDirectory(bundle.criu);
  await host.replaceText(bundle.dumping, JSON.stringify({ path }));
  const options = [`--image-path=${path}`, `--work-path=${bundle.criu}`, ...(leaveRunning ? ["--leave-running"] : [])];
  const program = await host.start({
    file: oci.program,
    args: [...oci.globalArgs(log), "checkpoint", ...options, bundle.ociId],
    cwd: bundle.directory,
    env: criuEnv(criu),
    fds: [null, null, null],
  });
  const runner = await host.identify(program.pid);
  // By it the next instance, should this one be killed, finds a dump that hangs.
  if (runner !== null) await host.replaceText(bundle.dumping, JSON.stringify({ path, runner: writeIdentity(runner) }));
  const code = await endInTime(container, { ended: program.ended, runner, signal });
  if (code !== 0) {
    const failure = await oci.failure(subject, { verb: "checkpoint", log, result: { code, stderr: "" } });
    throw withCriuErrors(failure, await readLog(host, bundle.dumpLog));
  }
}

/** The error of the OCI runtime, which knows nothing but where CRIU's log is, with what that says. */
export function withCriuErrors(failure: OperationError, log: string): OperationError {
  const errors = criuErrors(log);
  if (errors === null) return failure;
  const { kind, subject, detail, cause, cleanup } = failure;
  return new OperationError(kind, subject, `${detail}: ${errors}`, { cause, cleanup });
}

async function endInTime(
  { context, subject }: LinuxContainer,
  dumping: {
    readonly ended: Promise<number | null>;
    readonly runner: ProcessIdentity | null;
    readonly signal: AbortSignal | undefined;
  },
): Promise<number | null> {
  const { host, oci } = context;
  const { ended, runner, signal } = dumping;
  const { checkpointMs } = oci.deadlines;
  let isLate = false;
  const kill = () => {
    // A process that is traced goes on when its tracer is gone, so CRIU has to go before anybody else.
    if (runner !== null) void killTree(host, runner).catch(() => undefined);
  };
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, checkpointMs);
  signal?.addEventListener("abort", kill);
  try {
    if (signal?.aborted) kill();
    const code = await ended;
    if (code === 0) return code;
    signal?.throwIfAborted();
    if (!isLate) return code;
    const detail = `${oci.program} checkpoint did not end within ${checkpointMs} ms and was killed`;
    throw new OperationError("deadline-exceeded", subject, detail);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
  }
}

/** Makes the container go on, and the directory empty. */
async function undo(container: LinuxContainer, path: string): Promise<void> {
  const { context, bundle } = container;
  const { host, log } = context;
  try {
    await thaw(container);
    await removeImages(host, path);
    await host.removeFile(bundle.dumping);
  } catch (error) {
    log("error", "what a failed checkpoint has left cannot be removed", { container: bundle.id, path, error });
  }
}

/** CRIU freezes the cgroup while it begins, and leaves it so when it is killed then. */
async function thaw({ cgroup, context, bundle }: LinuxContainer): Promise<void> {
  if (await cgroup.isFrozen()) await context.oci.resume(bundle);
}

/**
 * Ends a dump that was under way when the process that asked for it was killed: nobody was told that it succeeded. Where
 * the container goes on, what there is of it is removed; where it was ended by the dump, its images are all that is
 * left of its processes, and stay.
 */
export async function recoverDump(container: LinuxContainer): Promise<void> {
  const { context, bundle, supervised } = container;
  const dumping = readDumping(await context.host.readText(bundle.dumping));
  if (dumping === null) return;
  const { runner, path } = dumping;
  const now = runner === null ? null : await context.host.identify(runner.pid);
  if (runner !== null && now?.startTime === runner.startTime) await killTree(context.host, runner);
  if (supervised.status === "stopped") await context.host.removeFile(bundle.dumping);
  else await undo(container, path);
}

interface Dumping {
  readonly path: string;
  readonly runner: ProcessIdentity | null;
}

/** `null` if there is none, or one that cannot be read: then nothing had begun. */
function readDumping(text: string | null): Dumping | null {
  if (text === null) return null;
  try {
    const dumping = parseJson(text);
    if (!isObject(dumping) || typeof dumping["path"] !== "string") return null;
    return { path: dumping["path"], runner: readIdentity(dumping["runner"]) };
  } catch {
    return null;
  }
}
