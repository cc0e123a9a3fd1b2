import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { workspacePackages } from "../workspace.mjs";
import { checkEach, combine, command } from "./command.mjs";

/** Builds every package, packs it as a release would, and looks at the archive as its users will. */
export async function checkPackageShapes() {
  const built = await command("turbo", ["run", "build", "--output-logs=errors-only", "--log-prefix=none"]);
  if (!built.ok) return built;
  return checkEach(workspacePackages(), checkShape);
}

async function checkShape({ directory, name }) {
  const scratch = await mkdtemp(path.join(tmpdir(), "gantry-pack-"));
  try {
    const packed = await command("pnpm", ["pack", "--pack-destination", scratch], { cwd: directory });
    if (!packed.ok) return packed;
    const archive = path.join(scratch, (await readdir(scratch))[0]);
    const checks = [
      await command("publint", ["--strict", archive]),
      await command("attw", ["--profile", "esm-only", "--format", "ascii", "--no-emoji", archive]),
    ];
    const { ok, output } = combine(checks);
    return { ok, output: `${name}\n${output}` };
  } finally {
    await rm(scratch, { recursive: true });
  }
}
