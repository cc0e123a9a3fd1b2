import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { formatAge, formatSize } from "../output/quantities.ts";
import { table } from "../output/table.ts";

/** `gantry daemon status` */
export const daemonStatus: CommandModule = { configure, run: showStatus };

function configure(command: Command): void {
  command
    .option("--json", "as JSON")
    .addHelpText("after", "\nExit code 1 says that the daemon is not there or does not serve.");
}

async function showStatus(
  { client, output }: CommandContext,
  _operands: readonly [],
  flags: { json?: true },
): Promise<number> {
  const [serving, info] = await Promise.all([client.health(), client.system.info()]);
  if (flags.json) {
    await output.json({ serving, ...info });
  } else {
    await output.line(describe(serving, info));
    const rows = info.plugins.map(({ id, reason, status, type, version }) => [type, id, status, version, reason]);
    await output.line(`\n${table(["PLUGIN", "ID", "STATUS", "VERSION", "REASON"], rows)}`);
  }
  return serving ? 0 : 1;
}

type Info = Awaited<ReturnType<CommandContext["client"]["system"]["info"]>>;

function describe(serving: boolean, info: Info): string {
  const { containers, version } = info;
  const counts = Object.entries(containers).flatMap(([status, count]) => (count > 0 ? [`${count} ${status}`] : []));
  return [
    `gantryd ${version.version} (${version.engine}, ${version.os}/${version.architecture}), pid ${version.pid}`,
    `  ${serving ? "serves" : "does not serve"}, started ${formatAge(version.startedAt)}`,
    `  root         ${info.root}`,
    `  state        ${info.state}`,
    `  memory       ${formatSize(info.residentBytes)}`,
    `  loop delay   ${Number(info.loopDelayP99Us) / 1000} ms (99th percentile)`,
    `  containers   ${counts.length === 0 ? "none" : counts.join(", ")}`,
    `  runtime      ${info.defaultRuntime ?? "none is ready"}`,
    `  snapshotter  ${info.defaultSnapshotter ?? "none is ready"}`,
  ].join("\n");
}
