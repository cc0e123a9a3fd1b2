import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Client } from "@gantry/client";
import { resolveImageName } from "./image-name.ts";

function clientWith(...names: readonly string[]): Client {
  return { images: { list: async () => names.map((name) => ({ name })) } } as unknown as Client;
}

const hub = "docker.io/library/busybox:latest";

describe("resolveImageName", () => {
  const cases: readonly [string, string, readonly string[], string][] = [
    ["takes an exact name first", "busybox", ["busybox", hub], "busybox"],
    ["adds what other engines leave out", "busybox", [hub], hub],
    [
      "adds a registry to a name with a tag",
      "busybox:1.36",
      ["docker.io/library/busybox:1.36"],
      "docker.io/library/busybox:1.36",
    ],
    ["adds a tag to a name with a registry", "ghcr.io/a/b", ["ghcr.io/a/b:latest"], "ghcr.io/a/b:latest"],
    ["takes the colon of a port for no tag", "host:5000/a", ["host:5000/a:latest"], "host:5000/a:latest"],
    ["does not choose between two", "busybox", [hub, "busybox:latest"], "busybox"],
    ["does not take another tag for latest", "busybox", ["docker.io/library/busybox:1.36"], "busybox"],
    ["leaves what it does not know to the daemon", "none", [hub], "none"],
  ];
  for (const [title, given, names, meant] of cases) {
    it(title, async () => {
      assert.equal(await resolveImageName(clientWith(...names), given), meant);
    });
  }
});
