import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Command } from "commander";
import { addLabelOption, addSnapshotterOption } from "./snapshots.ts";

/** Parses options as a command on snapshots does. */
function parse(...args: string[]): Record<string, unknown> {
  const command = addLabelOption(addSnapshotterOption(new Command()))
    .exitOverride()
    .configureOutput({
      writeErr: () => undefined,
    });
  return command.parse(args, { from: "user" }).opts();
}

describe("the options of commands on snapshots", () => {
  it("have no value where none is given, so that the daemon decides", () => {
    assert.deepEqual(parse(), {});
    assert.deepEqual(parse("--snapshotter", "native"), { snapshotter: "native" });
  });

  it("collect labels, split at the first equals sign, the last one of a key in force", () => {
    const { label } = parse("--label", "a=1", "--label", "b=x=y", "--label", "c=", "--label", "a=2");
    assert.deepEqual(
      label,
      new Map([
        ["a", "2"],
        ["b", "x=y"],
        ["c", ""],
      ]),
    );
  });

  it("refuse a label without key or value", () => {
    for (const text of ["a", "=a", ""]) assert.throws(() => parse("--label", text), /Expected KEY=VALUE/);
  });
});
