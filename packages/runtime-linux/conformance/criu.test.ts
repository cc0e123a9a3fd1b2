import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Container } from "@gantry/api";
import { registerSuite, rejectsWith, runtimeSuite } from "@gantry/api/testing";
import { findCriu } from "../src/criu.ts";
import { nodeHost } from "../src/host-node.ts";
import { testDirectory } from "../src/testing/directory.ts";
import { debianCriu } from "./debian-criu.ts";
import { LinuxFixture, untilPrinted } from "./linux-fixture.ts";
import { noContainers, openLinuxHarness } from "./linux-harness.ts";

const directory = testDirectory();
const configuration = join(directory, "criu.conf");
// No container here has a connection that anything could come in by; and iptables may not be there.
writeFileSync(configuration, "network-lock skip\n");
// The dump hangs without where hardware breakpoints do not fire, and does not mind it elsewhere.
const criuEnvironment = { CRIU_FAULT: "130", CRIU_CONFIG_FILE: configuration };

const found = noContainers === undefined ? await workingCriu() : { reason: noContainers };
const criu = "path" in found ? found.path : "criu";
const options = { ociRuntime: "runc", criu, criuEnvironment };
const skip = "path" in found ? undefined : found.reason;

/** The machine's own, where that works, or else a later one. */
async function workingCriu(): Promise<{ readonly path: string } | { readonly reason: string }> {
  const oci = { path: "/usr/sbin/runc", name: "runc", version: "1" };
  const find = (program: string) =>
    findCriu(nodeHost, { program, environment: criuEnvironment }, { oci, answers: join(directory, "answers") });
  const own = await find("criu");
  if (own.path !== null) return own;
  const later = debianCriu();
  if ("reason" in later) return { reason: `${own.reason}; ${later.reason}` };
  const checked = await find(later.path);
  return checked.path === null ? { reason: `${own.reason}; ${checked.reason}` } : { path: checked.path };
}

const suite = runtimeSuite(() => openLinuxHarness(options));
registerSuite(
  "runtime: linux with runc and CRIU",
  new Map([...suite].filter(([title]) => /checkpoint|restored/.test(title))),
  skip === undefined ? {} : { skip },
);

describe("runtime: linux with CRIU", { skip: skip ?? false }, () => {
  let host: LinuxFixture;
  let images: string;

  beforeEach(async () => {
    host = await LinuxFixture.open();
    await host.reopen(options);
    images = mkdtempSync(join(host.base, "images-"));
  });

  afterEach(() => host.close());

  const count = ["/bin/sh", "-c", "i=0; while true; do i=$((i+1)); echo $i; sleep 0.02; done"];

  async function numbers(
    container: Container,
    more: { readonly fromOffset?: bigint } = {},
  ): Promise<readonly number[]> {
    const frames = await Array.fromAsync(container.init.output(more));
    return Buffer.concat(frames.map(({ data }) => data))
      .toString()
      .trim()
      .split("\n")
      .map(Number);
  }

  it("has a counter go on where it stood, with a log of its own that is read by offsets", async () => {
    const container = await host.run(host.requestOf(count));
    await untilPrinted(container, "\n5\n");
    await container.checkpoint({ path: images });
    const before = await numbers(container);
    const last = before.at(-1) ?? 0;
    const restored = await host.runtime.create({ ...host.requestOf(count), id: "c2", checkpoint: images });
    await restored.start();
    await untilPrinted(restored, `${last + 20}\n`);
    await restored.kill("SIGKILL");
    assert.equal((await restored.init.wait()).status, 137);
    const after = await numbers(restored);
    // What CRIU froze between the counting and the printing is printed by both or by the second.
    assert.ok(after[0] === last + 1 || after[0] === last, `${before} and then ${after}`);
    assert.deepEqual(
      after,
      after.map((_, index) => (after[0] ?? 0) + index),
    );
    const [first] = await Array.fromAsync(restored.init.output());
    const lines =
      Buffer.from(first?.data ?? [])
        .toString()
        .split("\n").length - 1;
    assert.deepEqual(await numbers(restored, { fromOffset: first?.nextOffset ?? 0n }), after.slice(lines));
  });

  it("says what CRIU logged where it cannot restore, and leaves a created container", async () => {
    const container = await host.run(host.requestOf(count));
    await untilPrinted(container, "\n5\n");
    await container.checkpoint({ path: images });
    const [pages] = readdirSync(images).filter((name) => name.startsWith("pstree"));
    writeFileSync(join(images, pages ?? ""), "no image");
    const restored = await host.runtime.create({ ...host.requestOf(count), id: "c2", checkpoint: images });
    const error = await rejectsWith("internal", restored.start());
    assert.match(error.detail, /restore: .*: Head magic .* pstree/);
    assert.deepEqual(await restored.state(), { status: "created", pid: null, exit: null });
  });

  it("lets a container go on whose CRIU hangs in the midst of its dump, at the deadline", async () => {
    const slow = join(host.base, "slow");
    mkdirSync(slow);
    // Stopped when it traces the processes, as a dump that waits for a breakpoint is.
    const waits = `"${criu}" "$@" & until grep -qs "^TracerPid:.$!$" /proc/*/status; do :; done; kill -STOP $!; wait`;
    const script = `#!/bin/sh\nif [ "$1" = swrk ]; then ${waits}; else exec "${criu}" "$@"; fi\n`;
    writeFileSync(join(slow, "criu"), script);
    chmodSync(join(slow, "criu"), 0o755);
    await host.reopen({ ...options, criu: join(slow, "criu"), deadlines: { checkpointMs: 2_000 } });
    const container = await host.run(host.requestOf(count));
    await untilPrinted(container, "\n5\n");
    await rejectsWith("deadline-exceeded", container.checkpoint({ path: images }));
    assert.deepEqual(readdirSync(images), []);
    const last = (await numbers(container)).at(-1) ?? 0;
    await untilPrinted(container, `\n${last + 20}\n`);
    assert.equal((await container.state()).status, "running");
  });
});
