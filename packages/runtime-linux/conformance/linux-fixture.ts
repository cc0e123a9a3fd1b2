import assert from "node:assert/strict";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Container, CreateRequest, LoadedContainer, Runtime } from "@gantry/api";
import { type OciSpec, specToAny } from "@gantry/api/spec";
import { Bundle, stateLayout } from "../src/bundle.ts";
import { closeAndDelete, leftoversOf, makeBase, openLinuxRuntime, rootfsOf, specOf } from "./linux-harness.ts";

/** A runtime on directories of its own, for a case that spoils something of the host's side. */
export class LinuxFixture {
  /** Directory of all that is made here; the root file system is `image` in it. */
  readonly base = makeBase();
  #runtime: Runtime | null = null;

  static async open(): Promise<LinuxFixture> {
    const fixture = new LinuxFixture();
    fixture.#runtime = await openLinuxRuntime(fixture.base);
    await fixture.runtime.load();
    return fixture;
  }

  get runtime(): Runtime {
    assert.ok(this.#runtime !== null);
    return this.#runtime;
  }

  /** Deletes all containers, and fails where that leaves something. */
  async close(): Promise<void> {
    await closeAndDelete(this.runtime);
    const leftovers = await this.leftovers();
    rmSync(this.base, { recursive: true, force: true });
    assert.deepEqual(leftovers, []);
  }

  leftovers(): Promise<readonly string[]> {
    return leftoversOf(this.base);
  }

  bundleOf(id: string): Bundle {
    return new Bundle(stateLayout(join(this.base, "state")), "suite", id);
  }

  /** Asks for a container that runs `args` and has its output kept. */
  requestOf(args: readonly string[], change: (spec: OciSpec) => OciSpec = (spec) => spec): CreateRequest {
    const spec = specOf({ does: "sleep" });
    const process = { ...spec.process, args };
    return {
      namespace: "suite",
      id: "c1",
      spec: specToAny(change({ ...spec, process })),
      rootfs: rootfsOf(this.base),
      stdio: { kind: "log" },
    };
  }

  async run(request: CreateRequest): Promise<Container> {
    const container = await this.runtime.create(request);
    await container.start();
    return container;
  }

  /** Opens the runtime anew and returns what it finds. */
  async reopen(options: Readonly<Record<string, unknown>> = {}): Promise<readonly LoadedContainer[]> {
    await this.runtime.close();
    // A spoiled runc is only noticed where it is called.
    this.#runtime = await openLinuxRuntime(this.base, { shortcuts: false, ...options });
    return this.runtime.load();
  }

  /** Makes an OCI runtime that is runc, except that `script` runs before `verb`, or any of `one|another`. */
  spoiledRunc(verb: string, script: string): string {
    const path = join(this.base, "spoiled-runc");
    const lines = [
      "#!/bin/sh",
      "for word; do",
      `  case "$word" in ${verb}) ${script};; esac`,
      "done",
      'exec /usr/sbin/runc "$@"',
    ];
    writeFileSync(path, `${lines.join("\n")}\n`);
    chmodSync(path, 0o755);
    return path;
  }
}

/** Returns all that `container` prints until it ends. */
export async function printed(container: Container): Promise<string> {
  const frames = await Array.fromAsync(container.init.output({ follow: true }));
  return Buffer.concat(frames.map(({ data }) => data)).toString();
}

/** Resolves when `container` has printed a text. */
export async function untilPrinted(container: Container, text: string): Promise<void> {
  let seen = "";
  for await (const { data } of container.init.output({ follow: true })) {
    seen += Buffer.from(data).toString();
    if (seen.includes(text)) return;
  }
  assert.fail(`it ended without printing ${text}, but ${seen}`);
}
