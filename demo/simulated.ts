import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const runtime = fileURLToPath(new URL("../packages/runtime-simulated/src/index.ts", import.meta.url));

/** Whether the demo simulates its containers: it is asked to, or cannot do else. */
export function isSimulated(): boolean {
  return process.env["GANTRY_DEMO"] === "simulated" || whatIsMissing() !== null;
}

/** Says, before anything else, what the reader is about to see, and what a real run takes. */
export function sayWhatIsSimulated(): void {
  const reason = whatIsMissing() ?? "GANTRY_DEMO=simulated";
  console.log(`SIMULATED (${reason}): the daemon, its API, images and snapshots are real here, but no container runs.
What their programs would do is played by @gantry/runtime-simulated. For containers with processes, namespaces and
cgroups of their own, run \`npm run demo\` as root on Linux, with runc or crun, conmon and busybox-static installed.`);
}

/** Writes a configuration for a daemon with the simulated runtime, and snapshots that need no root; returns its path. */
export async function writeSimulatedConfig(home: string): Promise<string> {
  const path = join(home, "gantry.toml");
  const lines = [
    "version = 1",
    "[defaults]",
    'runtime = "simulated"',
    'snapshotter = "native"',
    "[runtimes.simulated]",
    `module = ${JSON.stringify(runtime)}`,
  ];
  await writeFile(path, `${lines.join("\n")}\n`);
  return path;
}

function whatIsMissing(): string | null {
  if (process.platform !== "linux") return `this is ${process.platform}, not linux`;
  if (process.getuid?.() !== 0) return "not root";
  const missing = ["runc", "conmon", "busybox"].filter((name) => !isInstalled(name) && !isInstalled(insteadOf[name]));
  return missing.length === 0 ? null : `${missing.join(", ")} not installed`;
}

/** What does as well. */
const insteadOf: Partial<Record<string, string>> = { runc: "crun" };

function isInstalled(name: string | undefined): boolean {
  if (name === undefined) return false;
  return (process.env["PATH"] ?? "").split(":").some((directory) => existsSync(join(directory, name)));
}
