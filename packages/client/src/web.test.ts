import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { builtinModules, stripTypeScriptTypes } from "node:module";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { chainId, FakeDaemon } from "./testing/fake-daemon.ts";
import { startFakeWebServer } from "./testing/fake-server.ts";
import { type Client, createClient } from "./web.ts";

for (const protocol of ["connect", "grpc-web"] as const) {
  describe(`the client for browsers over ${protocol}`, () => {
    const daemon = new FakeDaemon();
    let server: Awaited<ReturnType<typeof startFakeWebServer>>;
    let client: Client;

    before(async () => {
      server = await startFakeWebServer((router) => daemon.route(router));
      client = createClient({ baseUrl: server.baseUrl, protocol });
    });

    after(() => server[Symbol.asyncDispose]());

    it("creates a container with a spec of its own, and shows its output", async () => {
      daemon.snapshots.add(chainId, "committed");
      const container = await client.run({ image: "box", id: "c1", args: ["echo"] });
      const frames = await Array.fromAsync(container.frames);
      assert.deepEqual(
        frames.map(({ stream }) => stream),
        ["stdout", "stderr"],
      );
      assert.equal((await container.wait()).status, 7);
    });

    it("reads records whose spec is of a type it does not know", async () => {
      const spec = {
        typeUrl: "types.containerd.io/opencontainers/runtime-spec/1/Spec",
        value: new TextEncoder().encode("{}"),
      };
      await client.containers.create({ id: "c2", spec, rootfs: [] });
      assert.deepEqual((await client.containers.get("c2")).spec, spec);
    });

    it("rebuilds errors, and frees a reader that breaks off", async () => {
      await assert.rejects(client.containers.get("none"), {
        kind: "not-found",
        subject: { type: "container", id: "none" },
      });
      const output = await client.containers.process("c1").attach();
      await output.return?.();
    });

    it("rejects with unavailable, naming the URL, where nobody is there", async () => {
      const lost = createClient({ baseUrl: "http://127.0.0.1:1", protocol });
      await assert.rejects(lost.images.list(), {
        kind: "unavailable",
        subject: { type: "daemon", id: "http://127.0.0.1:1" },
      });
    });
  });
}

describe("the entry for browsers", () => {
  it("reaches no module of Node", () => {
    const reached = new Map<string, string>();
    const waiting = [fileURLToPath(new URL("./web.ts", import.meta.url))];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      for (const specifier of importsOf(file)) {
        const isNode = specifier.startsWith("node:") || builtinModules.includes(specifier);
        assert.ok(!isNode, `${file} imports ${specifier}`);
        const found = specifier.startsWith(".")
          ? fileURLToPath(new URL(specifier, `file://${file}`))
          : fileURLToPath(import.meta.resolve(specifier, `file://${file}`));
        if (!reached.has(found)) {
          reached.set(found, file);
          waiting.push(found);
        }
      }
    }
    assert.ok(
      [...reached.keys()].some((file) => file.includes("connect-web")),
      "the walk found the transport",
    );
  });
});

/** What a module imports when it runs; types are gone by then. */
function importsOf(file: string): readonly string[] {
  const source = readFileSync(file, "utf8");
  const code = file.endsWith(".ts") ? stripTypeScriptTypes(source) : source;
  const statements = code.matchAll(/^\s*(?:import|export)\s(?:[^;"']*?\sfrom\s*)?["']([^"']+)["']/gm);
  return [...statements].map(([, specifier = ""]) => specifier);
}
