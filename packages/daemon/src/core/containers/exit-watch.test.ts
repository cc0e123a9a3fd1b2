import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createClient } from "@connectrpc/connect";
import { type ErrorKind, type Exit, OperationError } from "@gantry/api";
import { ContainerService } from "@gantry/api/gantry/containers/v1";
import { EventService } from "@gantry/api/gantry/events/v1";
import { FakeProcess } from "../../testing/fake-process.ts";
import { FakeRuntime } from "../../testing/fake-runtime.ts";
import { containerRequest } from "../../testing/requests.ts";
import { noPlugins, TestDaemon, temporaryDirectory } from "../../testing/test-daemon.ts";

/** Lets every first wait for a process reject, as if what serves the runtime had gone. */
function failFirstWaits(kind: ErrorKind): Disposable & { readonly waits: () => number } {
  const { wait } = FakeProcess.prototype;
  const seen = new Map<string, number>();
  FakeProcess.prototype.wait = async function (this: FakeProcess, ...args): Promise<Exit> {
    const count = (seen.get(this.id) ?? 0) + 1;
    seen.set(this.id, count);
    if (count === 1) throw new OperationError(kind, { type: "runtime", id: "fake" }, "is gone");
    return wait.apply(this, args);
  };
  const waits = () => [...seen.values()].reduce((sum, count) => sum + count, 0);
  return {
    waits,
    [Symbol.dispose]: () => {
      FakeProcess.prototype.wait = wait;
    },
  };
}

describe("the watch of a container's end", () => {
  it("goes on when the runtime was gone for a moment, and tells of the end", async () => {
    using _failing = failFirstWaits("unavailable");
    const directory = temporaryDirectory();
    const runtime = new FakeRuntime({ directory: join(directory, "fake") });
    const registrations = { ...noPlugins, runtimes: [runtime.registration()] };
    await using test = await TestDaemon.start({ registrations });
    const client = createClient(ContainerService, test.transport());
    await client.createContainer(containerRequest("a"));
    await client.startContainer({ id: "a" });
    runtime.container("a").init.end(42);
    const filters = ["topic==container.exited"];
    for await (const { event } of createClient(EventService, test.transport()).subscribe({ filters, follow: true })) {
      if (event === undefined) continue;
      assert.equal(event.exit?.status, 42);
      break;
    }
    rmSync(directory, { recursive: true });
  });

  it("does not keep a daemon from ending while the runtime is gone", async () => {
    using failing = failFirstWaits("unavailable");
    const directory = temporaryDirectory();
    const runtime = new FakeRuntime({ directory: join(directory, "fake") });
    const test = await TestDaemon.start({ registrations: { ...noPlugins, runtimes: [runtime.registration()] } });
    const client = createClient(ContainerService, test.transport());
    await client.createContainer(containerRequest("a"));
    await test[Symbol.asyncDispose]();
    assert.equal(failing.waits(), 1);
    rmSync(directory, { recursive: true, force: true });
  });
});
