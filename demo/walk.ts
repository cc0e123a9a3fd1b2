import { stat } from "node:fs/promises";
import { cgroupPrefixOf } from "../harness/leftovers.ts";
import type { PrivateDaemon } from "../harness/private-daemon.ts";
import { type CommandLine, expect, step } from "./stage.ts";

/** What the walk needs: a command line, the image's layout, and a way to start the daemon again. */
export interface WalkParts {
  readonly gantry: CommandLine;
  readonly layout: string;
  readonly socket: string;
  readonly startDaemon: () => Promise<PrivateDaemon>;
  /** Whether the containers are simulated, and no process of the host is theirs. */
  readonly simulated: boolean;
}

const image = "busybox";
/** Waits inside for a file, so that its end is asked for and not timed. */
const untilAsked = "echo started; until [ -e /tmp/end ]; do sleep 0.1; done; sleep 0.5; echo ending; exit 7";

/**
 * The life of an image and its containers, with a daemon that is killed in the middle.
 *
 * @returns what the names of the containers' cgroups begin with; `null` if they are simulated and have none
 */
export async function walk(parts: WalkParts): Promise<string | null> {
  const { gantry, layout } = parts;
  const daemon = await step("start gantryd on a root and a socket of its own", () => firstStart(parts));
  await step("import an image and unpack its layers", async () => {
    await gantry.show(["image", "import", layout]);
    await gantry.show(["image", "ls"]);
  });
  await step("look at the snapshots: two layers, Committed, one on the other", async () => {
    await gantry.show(["snapshot", "ls"]);
    const snapshots = rows(await gantry.ask(["snapshot", "ls"]));
    const [lower, upper] = snapshots.toSorted((a, b) =>
      String(a["parent"] ?? "").localeCompare(String(b["parent"] ?? "")),
    );
    expect(snapshots.length === 2 && snapshots.every(({ kind }) => kind === "committed"), "both are Committed");
    expect(
      lower?.["parent"] === null && upper?.["parent"] === lower?.["name"],
      "the second has the first as its parent",
    );
  });
  const where = parts.simulated ? "in a simulated container" : "in namespaces of its own";
  await step(`run a program ${where}`, () => runOnce(parts));
  await step("run one in the background, and another beside it", () => runBeside(gantry));
  const cgroupPrefix = await killTheDaemon(parts, daemon);
  await step("remove the container and the image, and what only they needed", () => removeAll(gantry));
  return cgroupPrefix;
}

async function firstStart({ gantry, socket, startDaemon }: WalkParts): Promise<PrivateDaemon> {
  const daemon = await startDaemon();
  expect(true, `it serves after ${Math.round(daemon.readyMs)} ms`);
  const { mode } = await stat(socket);
  expect((mode & 0o777) === 0o660, "its socket has mode 0660");
  await gantry.show(["daemon", "status"]);
  return daemon;
}

async function runOnce({ gantry, simulated }: WalkParts): Promise<void> {
  const { stdout } = await gantry.show([
    "run",
    "--rm",
    image,
    "sh",
    "-c",
    "echo hello from pid $$ on $(hostname); cat /etc/motd; ps",
  ]);
  expect(
    stdout.includes("hello from pid 1 "),
    `the shell is process 1 of its ${simulated ? "container" : "pid namespace"}`,
  );
  await gantry.show(["run", "--rm", image, "sh", "-c", "exit 42"], 42);
  expect(true, "gantry run ends with the container's exit status, 42");
  expect(rows(await gantry.ask(["ps", "-a"])).length === 0, "--rm left no container");
}

async function runBeside(gantry: CommandLine): Promise<void> {
  await gantry.show(["run", "-d", "--name", "patient", image, "sh", "-c", untilAsked]);
  await gantry.show(["ps"]);
  const { stdout } = await gantry.show(["exec", "patient", "ps"]);
  expect(/^\s*1\s.*until/m.test(stdout), "the exec sees the container's first process");
  await gantry.show(["snapshot", "ls"]);
}

async function killTheDaemon(parts: WalkParts, daemon: PrivateDaemon): Promise<string | null> {
  const { gantry, startDaemon, simulated } = parts;
  const pid = await pidOf(gantry);
  const cgroupPrefix = simulated ? null : await cgroupPrefixOf(pid);
  await step("kill the daemon with SIGKILL while the container runs", async () => {
    daemon.kill("SIGKILL");
    expect((await daemon.ended) === 137, "the daemon is gone");
    if (cgroupPrefix === null) console.log("  (so is all that is simulated, until a daemon reads how far it was)");
    else expect((await cgroupPrefixOf(pid)) === cgroupPrefix, `process ${pid} of the container is not`);
  });
  await step("start the daemon again", async () => {
    const { readyMs } = await startDaemon();
    expect(true, `it serves after ${Math.round(readyMs)} ms`);
    await gantry.show(["ps"]);
    expect((await pidOf(gantry)) === pid, `the container runs on with the same pid, ${pid}`);
  });
  await step("let the container end", async () => {
    await gantry.show(["exec", "patient", "touch", "/tmp/end"]);
    const { stdout } = await gantry.show(["wait", "patient"]);
    expect(stdout.trim() === "7", "its exit status is 7");
    const logs = await gantry.show(["logs", "patient"]);
    expect(logs.stdout === "started\nending\n", "its output from before and after the kill is there");
    await gantry.show(["events"]);
  });
  return cgroupPrefix;
}

async function removeAll(gantry: CommandLine): Promise<void> {
  await gantry.show(["rm", "patient"]);
  await gantry.show(["image", "rm", image]);
  expect(rows(await gantry.ask(["snapshot", "ls"])).length === 0, "no snapshot is left");
  expect(rows(await gantry.ask(["ps", "-a"])).length === 0, "no container is left");
}

async function pidOf(gantry: CommandLine): Promise<number> {
  const [first] = rows(await gantry.ask(["ps"]));
  return Number(first?.["pid"]);
}

function rows(answer: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(answer) ? answer : [];
}
