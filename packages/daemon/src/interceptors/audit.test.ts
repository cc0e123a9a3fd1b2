import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { createClient } from "@connectrpc/connect";
import { ContainerService } from "@gantry/api/gantry/containers/v1";
import { NamespaceService } from "@gantry/api/gantry/namespaces/v1";
import { LogLines } from "../testing/log-lines.ts";
import { protocols, TestDaemon } from "../testing/test-daemon.ts";

const caller =
  process.platform === "linux"
    ? { kind: "local", pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() }
    : { kind: "local" };

describe("the audit log", () => {
  // Nothing else is logged at this level: the audit log does not depend on it.
  const log = new LogLines("fatal");
  let test: TestDaemon;

  before(async () => {
    test = await TestDaemon.start({ log: log.log });
  });
  after(() => test[Symbol.asyncDispose]());
  beforeEach(() => void log.lines.splice(0));

  for (const protocol of [...protocols, "json"] as const) {
    it(`has a line for a call that changes something, in ${protocol}`, async () => {
      const headers = { "gantry-request-id": "request-1", "gantry-namespace": "ci" };
      const client = createClient(NamespaceService, test.transport(protocol, headers));
      await client.createNamespace({ namespace: { name: `made-by-${protocol}`, labels: { secret: "hidden" } } });
      const [line, ...others] = log.of("audit");
      assert.deepEqual(others, []);
      assert.equal(line?.["audit"], true);
      assert.equal(line?.["requestId"], "request-1");
      assert.deepEqual(line?.["caller"], caller);
      assert.equal(line?.["method"], "gantry.namespaces.v1.NamespaceService/CreateNamespace");
      assert.equal(line?.["namespace"], "ci");
      assert.equal(line?.["object"], `made-by-${protocol}`);
      assert.equal(line?.["outcome"], "ok");
      assert.equal(typeof line?.["durationMs"], "number");
      assert.doesNotMatch(JSON.stringify(line), /hidden/);
    });
  }

  it("says what came of a call that failed", async () => {
    const client = createClient(ContainerService, test.transport());
    await assert.rejects(client.deleteExec({ id: "none", execId: "shell" }));
    const [line] = log.of("audit");
    assert.equal(line?.["object"], "none/shell");
    assert.equal(line?.["outcome"], "not-found");
  });

  it("has one line for a stream, at its end", async () => {
    const client = createClient(ContainerService, test.transport());
    const requests = (async function* () {
      yield { request: { case: "attach" as const, value: { id: "none", execId: "" } } };
    })();
    await assert.rejects(async () => {
      for await (const _ of client.session(requests)) assert.fail("nothing is there");
    });
    const lines = log.of("audit");
    assert.deepEqual(
      lines.map(({ object, outcome }) => ({ object, outcome })),
      [{ object: "none", outcome: "not-found" }],
    );
  });

  it("has none for a call that only looks", async () => {
    await createClient(NamespaceService, test.transport()).listNamespaces({});
    assert.deepEqual(log.lines, []);
  });
});
