import path from "node:path";
import type { RunningContainer, RunOptions } from "@gantry/client";
import { type Command, Option } from "commander";
import { stayWith } from "../attached.ts";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { runExitCode } from "../failures.ts";
import { resolveImageName } from "../image-name.ts";
import { collectVariables, parseBytes, parseCount, parsePositive, parseUserNamespace } from "../input/parse.ts";
import { addSupervisionOptions, type SupervisionFlags, supervisionOptionsFrom } from "../input/supervision.ts";

interface Flags extends SupervisionFlags {
  readonly rm?: true;
  readonly detach?: true;
  readonly interactive?: true;
  readonly name?: string;
  readonly env?: ReadonlyMap<string, string>;
  readonly workdir?: string;
  readonly user?: string;
  readonly hostname?: string;
  readonly entrypoint?: string;
  readonly memory?: number;
  readonly cpus?: number;
  readonly pidsLimit?: number;
  readonly readOnly?: true;
  readonly network: "none" | "host";
  readonly userns?: ReturnType<typeof parseUserNamespace>;
  readonly runtime?: string;
  readonly snapshotter?: string;
  readonly restore?: string;
}

/** `gantry run` */
export const run: CommandModule = {
  configure,
  run: runContainer,
  exitCodeOf: (error) => runExitCode(error, "container"),
};

function configure(command: Command): void {
  command
    .argument("<image>", "name of an image that was imported")
    .argument("[command...]", "program and arguments, in place of the image's arguments")
    .passThroughOptions()
    .option("--rm", "remove the container when it has ended")
    .option("-d, --detach", "print the container's id and leave it running")
    .option("-i, --interactive", "hand standard input on")
    .option("--name <id>", "id of the container (default: 12 random digits)")
    .option("-e, --env <name=value>", "set a variable; NAME alone takes its value over from here", collectVariables)
    .option("-w, --workdir <path>", "working directory")
    .option("-u, --user <user[:group]>", "user to run as, by name or number")
    .option("--hostname <name>", "hostname (default: the container's id)")
    .option("--entrypoint <program>", "program in place of the image's")
    .option("--memory <bytes>", "the most memory, such as 64m or 1.5g", parseBytes)
    .option("--cpus <number>", "the most processor time, such as 0.5", parsePositive)
    .option("--pids-limit <number>", "the most processes and threads", parseCount)
    .option("--read-only", "make the root file system readonly")
    .addOption(
      new Option("--network <kind>", "loopback only, or the host's network").choices(["none", "host"]).default("none"),
    )
    .option(
      "--userns <uid:gid:size|host>",
      "user namespace whose ids are these of the host, or none (default: host)",
      parseUserNamespace,
    )
    .option("--runtime <id>", "runtime (default: the daemon's)")
    .option("--snapshotter <id>", "snapshotter (default: the daemon's)")
    .option("--restore <directory>", "go on with the processes of a checkpoint, in place of the command")
    .addHelpText(
      "after",
      "\nExamples:\n  gantry run --rm busybox echo hello\n  gantry run -d --name web --memory 64m my-server --port 80",
    );
  addSupervisionOptions(command);
}

async function runContainer(
  { client, output }: CommandContext,
  [image, command]: readonly [string, readonly string[]],
  flags: Flags,
): Promise<number> {
  using cancel = abortOnInterrupt();
  const options = {
    ...optionsFrom(flags, command),
    image: await resolveImageName(client, image),
    signal: cancel.signal,
  };
  const container: RunningContainer = await client.run(options);
  cancel[Symbol.dispose]();
  if (flags.detach) {
    await container.frames.return?.();
    await output.line(container.id);
    return 0;
  }
  return stayWith(container, { output, stdin: flags.interactive ?? false });
}

function optionsFrom(flags: Flags, command: readonly string[]): Omit<RunOptions, "image"> {
  const {
    cpus,
    entrypoint,
    env,
    hostname,
    memory,
    name,
    network,
    pidsLimit,
    runtime,
    snapshotter,
    user,
    userns,
    workdir,
  } = flags;
  return {
    ...supervisionOptionsFrom(flags),
    remove: flags.rm ?? false,
    stdin: flags.interactive ?? false,
    readonlyRoot: flags.readOnly ?? false,
    hostNetwork: network === "host",
    ...(command.length > 0 && { args: command }),
    ...(entrypoint !== undefined && { entrypoint: entrypoint === "" ? [] : [entrypoint] }),
    ...(name !== undefined && { id: name }),
    ...(env !== undefined && { env }),
    ...(workdir !== undefined && { cwd: workdir }),
    ...(user !== undefined && { user }),
    ...(userns && { userNamespace: userns }),
    ...(hostname !== undefined && { hostname }),
    ...(memory !== undefined && { memoryBytes: memory }),
    ...(cpus !== undefined && { cpus }),
    ...(pidsLimit !== undefined && { pidsLimit }),
    ...(runtime !== undefined && { runtime }),
    ...(snapshotter !== undefined && { snapshotter }),
    ...(flags.restore !== undefined && { checkpoint: path.resolve(flags.restore) }),
  };
}

/** Until the container runs, an interrupt undoes what was made for it; afterwards it is the container's. */
function abortOnInterrupt(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const abort = (name: NodeJS.Signals) => controller.abort(new DOMException(`interrupted by ${name}`, "AbortError"));
  process.on("SIGINT", abort).on("SIGTERM", abort);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off("SIGINT", abort).off("SIGTERM", abort);
    },
  };
}
