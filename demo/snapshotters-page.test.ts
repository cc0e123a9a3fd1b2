import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { createClient } from "@gantry/client";
import { createDaemon, parseConfig } from "@gantry/daemon";
import { builtinsFor } from "../packages/daemon/src/builtins.ts";

const page = fileURLToPath(new URL("../docs/snapshotters.md", import.meta.url));
const skip = process.getuid?.() === 0 ? false : "needs root: daemons try mounts";

/** The sections of the page that are about one driver, and its configurations. */
async function sections() {
  const parts = (await readFile(page, "utf8")).split(/^## /m).slice(1);
  return parts.map((text) => ({
    title: text.split("\n", 1)[0] ?? "",
    examples: [...text.matchAll(/```toml\n([\s\S]*?)```/g)].map(([, toml = ""]) => toml),
  }));
}

describe("docs/snapshotters.md", () => {
  it("has a section for each snapshotter that is built in somewhere, and a row of the table", async () => {
    const platforms = ["linux", "sunos", "win32"] as const;
    const ids = new Set(platforms.flatMap((platform) => builtinsFor(platform).snapshotters.map(({ id }) => id)));
    const titles = (await sections()).map(({ title }) => title).filter((title) => title.startsWith("`"));
    assert.deepEqual(new Set(titles), new Set([...ids].map((id) => `\`${id}\``)));
    const text = await readFile(page, "utf8");
    for (const id of ids) assert.ok(text.includes(`| [\`${id}\`](#${id}) |`), `no row for ${id}`);
  });
});

describe("the configurations of docs/snapshotters.md", { skip }, () => {
  let home = "";

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "gantry-snapshotters-page-"));
    const module = "export const snapshotter = { id: 'mine', open: async () => ({ skipped: 'is an example' }) };";
    await writeFile(join(home, "my-snapshotter.js"), module);
    await writeFile(join(home, "package.json"), '{"type": "module"}');
  });
  afterEach(() => rm(home, { recursive: true }));

  /** What became of the snapshotters of a daemon that is configured so: `status: reason` by id. */
  const outcomesOf = async (toml: string): Promise<ReadonlyMap<string, string>> => {
    const config = parseConfig(toml, join(home, "gantryd.toml"), home);
    const [root, state] = [join(home, "root"), join(home, "state")];
    const address = `unix://${join(home, "gantry.sock")}`;
    await using _daemon = await createDaemon({ root, state, address, config });
    await using client = createClient({ address });
    const { plugins } = await client.system.info();
    const found = plugins.filter(({ type }) => type === "snapshotter");
    return new Map(found.map(({ id, reason, status }) => [id, `${status}: ${reason}`]));
  };

  it("are understood, and lead to what they name, or to what this host lacks for it", async () => {
    // Without the file systems, pools and programs of the examples; anything else is a mistake of the page.
    const understood =
      /^(ready: |skipped: .*(do not work here|does not work here|is an example)|failed: .*(does not exist|remote-snapshotter))/;
    let examples = 0;
    for (const section of await sections()) {
      for (const toml of section.examples) {
        const outcomes = await outcomesOf(toml);
        const named = [...toml.matchAll(/^(?:\[snapshotters\.(\w+)|snapshotter = "(\w+)")/gm)].map(
          ([, table, id]) => table ?? id ?? "",
        );
        assert.ok(named.length > 0, `an example of ${section.title} names no snapshotter`);
        for (const id of named) assert.match(outcomes.get(id) ?? `no ${id}`, understood, `${section.title}: ${id}`);
        examples += 1;
      }
    }
    assert.equal(examples, 6);
  });
});
