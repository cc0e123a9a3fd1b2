import assert from "node:assert/strict";
import type { CreateRequest } from "../../runtime.ts";
import { exactlyOneResolves, rejectsWith } from "../assertions.ts";
import type { CaseGroup } from "../suite.ts";
import { asJson, createContainer, namespace, type RuntimeHarness, requestOf, runContainer } from "./harness.ts";

const sleep = { does: "sleep" } as const;

/** Ids that would do harm if anything took them for a path, an option or a pattern. */
const badIds = ["", "../x", "..", "/", "a/b", "-a", "a-", "a b", "a\0b", "a\nb", "é", "a+b", "a".repeat(77)];

/** Asserts that a request is refused, and that nothing is there afterwards. */
async function isRefused(harness: RuntimeHarness, kind: Parameters<typeof rejectsWith>[0], request: CreateRequest) {
  const error = await rejectsWith(kind, harness.runtime.create(request));
  assert.deepEqual(error.cleanup, []);
  assert.deepEqual(await harness.runtime.load(), []);
  assert.deepEqual(await harness.leftovers(), []);
  return error;
}

export const createCases: CaseGroup<RuntimeHarness> = {
  "create makes a created container with a process that does not run yet": async (harness) => {
    const before = Date.now();
    const container = await createContainer(harness, sleep);
    const { createdAt, ...info } = container.info;
    const { id } = await harness.runtime.info();
    assert.deepEqual(info, { namespace, id: "c1", runtime: id });
    assert.ok(createdAt.getTime() >= before - 1000 && createdAt.getTime() <= Date.now() + 1000, `${createdAt}`);
    const { status, pid, exit } = await container.state();
    assert.deepEqual({ status, exit }, { status: "created", exit: null });
    assert.ok(pid === null || harness.isAlive(pid), `${pid}`);
    assert.equal(container.init.id, "c1");
    assert.deepEqual(container.execs(), []);
  },

  "create takes a spec as a message under any prefix and as bare JSON": async (harness) => {
    const request = await requestOf(harness, { does: "exit", status: 3 });
    const name = request.spec.typeUrl.slice(request.spec.typeUrl.lastIndexOf("/") + 1);
    const forms = [
      { typeUrl: name, value: request.spec.value },
      { typeUrl: `example.com/some/where/${name}`, value: request.spec.value },
      asJson("Spec", harness.spec({ does: "exit", status: 3 })),
    ];
    for (const [index, spec] of forms.entries()) {
      const container = await harness.runtime.create({ ...request, id: `form${index}`, spec });
      await container.start();
      assert.equal((await container.init.wait()).status, 3, spec.typeUrl);
    }
  },

  "create rejects an unknown type of spec with invalid-argument that names those known": async (harness) => {
    const request = await requestOf(harness, sleep);
    for (const typeUrl of ["", "example.com/Other", "x.types.containerd.io/opencontainers/runtime-spec/1/Spec"]) {
      const error = await isRefused(harness, "invalid-argument", { ...request, spec: { ...request.spec, typeUrl } });
      assert.match(error.message, /gantry\.types\.v1\.OciSpec/);
      assert.match(error.message, /types\.containerd\.io\/opencontainers\/runtime-spec\/1\/Spec/);
    }
  },

  "create rejects a spec that cannot be read with invalid-argument": async (harness) => {
    const request = await requestOf(harness, sleep);
    const { typeUrl } = asJson("Spec", {});
    for (const text of ["", "{", "[]", "null", '"spec"', "{}", "\u0000"]) {
      await isRefused(harness, "invalid-argument", {
        ...request,
        spec: { typeUrl, value: new TextEncoder().encode(text) },
      });
    }
    await isRefused(harness, "invalid-argument", {
      ...request,
      spec: { typeUrl, value: Uint8Array.of(0x22, 0xff, 0x22) },
    });
  },

  "create rejects a process without program, directory or sound environment with invalid-argument": async (harness) => {
    const request = await requestOf(harness, sleep);
    const spec = harness.spec(sleep);
    const broken = [
      { args: [] },
      { args: [""] },
      { args: ["a\0b"] },
      { cwd: "relative" },
      { env: ["A=b\0c"] },
      { env: ["NOVALUE"] },
    ];
    for (const change of broken) {
      const value = asJson("Spec", { ...spec, process: { ...spec.process, ...change } });
      await isRefused(harness, "invalid-argument", { ...request, spec: value });
    }
  },

  "create rejects a malformed id or namespace with invalid-argument": async (harness) => {
    const request = await requestOf(harness, sleep);
    for (const bad of badIds) {
      await isRefused(harness, "invalid-argument", { ...request, id: bad });
      await isRefused(harness, "invalid-argument", { ...request, namespace: bad });
    }
  },

  "create takes the longest id": async (harness) => {
    const id = `x${"1".repeat(75)}`;
    const container = await createContainer(harness, sleep, { id, namespace: id });
    assert.equal((await container.state()).status, "created");
  },

  "create rejects an id in use with already-exists and leaves its owner alone": async (harness) => {
    const container = await createContainer(harness, { does: "exit", status: 4 });
    const request = await requestOf(harness, sleep);
    await rejectsWith("already-exists", harness.runtime.create(request));
    await container.start();
    await rejectsWith("already-exists", harness.runtime.create(request));
    assert.equal((await container.init.wait()).status, 4);
    await rejectsWith("already-exists", harness.runtime.create(request));
    assert.equal((await container.state()).status, "stopped");
  },

  "create lets one id be used in two namespaces": async (harness) => {
    const one = await runContainer(harness, { does: "exit", status: 1 });
    const other = await runContainer(harness, { does: "exit", status: 2 }, { namespace: "other" });
    assert.equal((await one.init.wait()).status, 1);
    assert.equal((await other.init.wait()).status, 2);
  },

  "create of one id by many callers at once makes one container": async (harness) => {
    const request = await requestOf(harness, sleep);
    const calls = Array.from({ length: 16 }, () => harness.runtime.create(request));
    await exactlyOneResolves(calls, "already-exists");
    assert.equal((await harness.runtime.load()).length, 1);
  },

  "create rejects a mount of nothing with not-found and names it": async (harness) => {
    const request = await requestOf(harness, sleep);
    const [first] = request.rootfs;
    assert.ok(first);
    const source = "/nowhere/at/all";
    const error = await isRefused(harness, "not-found", {
      ...request,
      rootfs: [{ ...first, type: "bind", source, options: ["rbind"] }],
    });
    assert.match(error.message, /nowhere/);
  },

  "create rejects an empty list of mounts with invalid-argument": async (harness) => {
    const request = await requestOf(harness, sleep);
    await isRefused(harness, "invalid-argument", { ...request, rootfs: [] });
  },

  "create or start rejects a program that does not exist with not-found": async (harness) => {
    const request = await requestOf(harness, { does: "not-exist" });
    const started = harness.runtime.create(request).then(async (container) => {
      await container.start();
    });
    await rejectsWith("not-found", started);
    for (const found of await harness.runtime.load()) {
      assert.ok("container" in found);
      await found.container.delete();
    }
    assert.deepEqual(await harness.leftovers(), []);
  },

  "create rejects with the reason of a signal that has aborted": async (harness) => {
    const request = await requestOf(harness, sleep);
    const reason = new Error("no longer wanted");
    await assert.rejects(harness.runtime.create(request, { signal: AbortSignal.abort(reason) }), reason);
    assert.deepEqual(await harness.leftovers(), []);
  },

  "create that is aborted halfway leaves nothing or a whole container": async (harness) => {
    const request = await requestOf(harness, sleep);
    const reason = new Error("no longer wanted");
    const abort = new AbortController();
    const call = harness.runtime.create(request, { signal: abort.signal });
    setImmediate(() => abort.abort(reason));
    const outcome = await call.catch((error: unknown) => error);
    if (outcome === reason) {
      assert.deepEqual(await harness.runtime.load(), []);
      assert.deepEqual(await harness.leftovers(), []);
    } else {
      assert.equal((await harness.runtime.load()).length, 1);
    }
  },
};
