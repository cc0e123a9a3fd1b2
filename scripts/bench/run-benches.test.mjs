import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { runBenches } from "./run-benches.mjs";
import { renderRows } from "./table.mjs";

describe("runBenches", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), "gantry-run-benches-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function writeBench(name, body) {
    const text = `import { writeFileSync } from "node:fs";\nexport const bench = { name: "${name}", async run(context) { ${body} } };\n`;
    writeFileSync(path.join(directory, `${name}.bench.mjs`), text);
  }
  const row = (more) => `[{ name: "start", ours: 3, peer: 4, peerName: "x", unit: "ms", n: 2, ${more} }]`;
  const run = (names = [], signal = new AbortController().signal) => runBenches({ names, signal, directory });

  it("adds the ratio to each row, null where there is no peer", async () => {
    writeBench("a", `return ${row("")};`);
    writeBench("b", `return ${row("peer: null, limit: 1, limitName: 'y'")};`);
    const { rows, failures, ran } = await run();
    assert.deepEqual(failures, []);
    assert.equal(ran, 2);
    assert.deepEqual(rows, [
      { name: "start", ours: 3, peer: 4, peerName: "x", ratio: 0.75, unit: "ms", n: 2 },
      { name: "start", ours: 3, peer: null, peerName: "x", ratio: null, unit: "ms", n: 2, limit: 1, limitName: "y" },
    ]);
  });

  it("goes on after a benchmark that fails", async () => {
    writeBench("a", 'throw new Error("no daemon");');
    writeBench("b", `return ${row("")};`);
    const { rows, failures } = await run();
    assert.equal(rows.length, 1);
    assert.deepEqual([failures[0].name, failures[0].error.message], ["a", "no daemon"]);
  });

  it("runs those whose name begins with one given", async () => {
    for (const name of ["start-true", "memory"]) writeBench(name, `return ${row("")};`);
    assert.equal((await run(["start"])).ran, 1);
    assert.equal((await run(["nothing"])).ran, 0);
  });

  it("gives each an empty directory and removes it, also after a failure", async () => {
    const note = path.join(directory, "note");
    writeBench(
      "a",
      `writeFileSync(context.directory + "/x", ""); writeFileSync(${JSON.stringify(note)}, context.directory); throw 1;`,
    );
    await run();
    assert.equal(existsSync(readFileSync(note, "utf8")), false);
  });

  it("runs none after an abort", async () => {
    writeBench("a", `return ${row("")};`);
    assert.equal((await run([], AbortSignal.abort())).ran, 0);
  });
});

describe("renderRows", () => {
  it("prints the peer and the limit beside each figure", () => {
    const rows = [
      {
        name: "start",
        ours: 81.234,
        peer: 203.9,
        peerName: "containerd 1.6",
        ratio: 0.398,
        unit: "ms",
        n: 20,
        limit: 60,
        limitName: "runc",
      },
      { name: "memory", ours: 50, peer: null, peerName: "none", ratio: null, unit: "MB", n: 1 },
    ];
    assert.equal(
      renderRows(rows),
      [
        "        ours  peer  ratio  limit  unit   n  against",
        "start   81.2   204   0.40     60  ms    20  containerd 1.6; limit: runc",
        "memory    50     -      -      -  MB     1  none",
      ].join("\n"),
    );
  });
});
