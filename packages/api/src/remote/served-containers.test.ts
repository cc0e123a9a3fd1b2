import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { ProcessRefSchema } from "../gantry/runtime/v1/index.ts";
import { ServedContainers } from "./served-containers.ts";
import { ScriptedRuntime } from "./testing/scripted-runtime.ts";

const runtime = new ScriptedRuntime();
const web = runtime.made({ namespace: "default", id: "web" }, ["sh"]);

function ref(namespace: string, id: string, execId = "") {
  return create(ProcessRefSchema, { namespace, id, execId });
}

describe("ServedContainers", () => {
  it("finds containers, their init process and their execs", () => {
    const containers = new ServedContainers();
    containers.add(web);
    assert.equal(containers.container(ref("default", "web")), web);
    assert.equal(containers.process(ref("default", "web")), web.init);
    assert.equal(containers.process(ref("default", "web", "sh")), web.execs()[0]);
  });

  it("rejects what is not there with not-found, in each namespace of its own", () => {
    const containers = new ServedContainers();
    containers.add(web);
    assert.throws(() => containers.container(ref("other", "web")), { kind: "not-found", message: /"web".*"other"/ });
    assert.throws(() => containers.process(ref("default", "web", "top")), {
      kind: "not-found",
      subject: { type: "process", id: "top" },
    });
  });

  it("rejects ids of a wrong form with invalid-argument", () => {
    const containers = new ServedContainers();
    assert.throws(() => containers.container(undefined), { kind: "invalid-argument" });
    assert.throws(() => containers.container(ref("default", "../web")), { kind: "invalid-argument" });
    assert.throws(() => containers.container(ref("a/b", "web")), { kind: "invalid-argument" });
    containers.add(web);
    assert.throws(() => containers.process(ref("default", "web", "a b")), { kind: "invalid-argument" });
  });

  it("throws why a container could not be loaded, until it is made anew", () => {
    const containers = new ServedContainers();
    const error = new Error("torn");
    containers.load([{ namespace: "default", id: "web", error }]);
    assert.throws(() => containers.container(ref("default", "web")), error);
    containers.add(web);
    assert.equal(containers.container(ref("default", "web")), web);
  });

  it("forgets a container, but not another one of its name", () => {
    const containers = new ServedContainers();
    const again = runtime.made({ namespace: "default", id: "web" });
    containers.add(web);
    containers.add(again);
    containers.forget(web);
    assert.equal(containers.container(ref("default", "web")), again);
    containers.forget(again);
    assert.throws(() => containers.container(ref("default", "web")), { kind: "not-found" });
  });
});
