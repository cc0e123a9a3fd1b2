import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { inRoot } from "../bootstrap/root.mjs";
import { command } from "./command.mjs";

/** Generates into an empty directory and compares, so that a check never changes the working tree. */
export async function checkGenerated() {
  const api = inRoot("packages", "api");
  const scratch = await mkdtemp(path.join(tmpdir(), "gantry-generated-"));
  const bin = path.join(api, "node_modules", ".bin");
  try {
    const env = { PATH: `${bin}${path.delimiter}${process.env.PATH}` };
    const generated = await command("buf", ["generate", "--output", scratch], { cwd: api, env });
    if (!generated.ok) return generated;
    const { ok, output } = await command("diff", [
      "--recursive",
      "--brief",
      path.join(scratch, "src", "gen"),
      path.join(api, "src", "gen"),
    ]);
    return { ok, output: `${output}packages/api/src/gen differs from its protos: npm run generate` };
  } finally {
    await rm(scratch, { recursive: true });
  }
}
