import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type ErrorKind, errorKinds, OperationError } from "@gantry/api";
import { EventService } from "@gantry/api/gantry/events/v1";
import { SystemService } from "@gantry/api/gantry/system/v1";
import { type Client, createClient } from "./index.ts";
import { type FakeServer, startFakeServer } from "./testing/fake-server.ts";

const protocols = ["grpc", "connect", "grpc-web"] as const;

/** What the server throws at the next call. */
let failure = new OperationError("internal", { type: "daemon", id: "" }, "");
/** Resolves the call that the server has before it. */
let arrived = () => {};
/** Whether calls are answered at all. */
let silent = false;

const forever = () => {
  arrived();
  return new Promise<never>(() => undefined);
};

for (const protocol of protocols) {
  describe(`errors over ${protocol}`, () => {
    let server: FakeServer;
    let client: Client;

    before(async () => {
      server = await startFakeServer((router) => {
        router.service(SystemService, {
          getVersion: () => {
            if (silent) return forever();
            throw failure;
          },
        });
        router.service(EventService, {
          async *subscribe() {
            yield { cursor: 5n };
            if (silent) await forever();
            throw failure;
          },
        });
      });
      client = createClient({ address: server.address, protocol });
    });

    after(async () => {
      silent = false;
      await client.close();
      await server[Symbol.asyncDispose]();
    });

    for (const kind of errorKinds) {
      it(`rebuilds ${kind}, thrown at once and in the middle of a stream`, async () => {
        failure = failureOf(kind);
        await assert.rejects(client.system.version(), isEqual(failure));
        await assert.rejects(client.events.subscribe().next(), isEqual(failure));
      });
    }

    it("keeps words that a header cannot carry as they are", async () => {
      failure = new OperationError("not-found", { type: "image", id: "ünïcödé\n% 𝄞" }, "gibt es nicht: \u0001 …");
      await assert.rejects(client.system.version(), isEqual(failure));
    });

    it("rejects with the reason of an aborted signal, and with no other error", async () => {
      silent = true;
      const reason = new TypeError("changed my mind");
      for (const call of [
        (signal: AbortSignal) => client.system.version({ signal }),
        (signal: AbortSignal) => client.events.subscribe({ signal }).next(),
      ]) {
        const controller = new AbortController();
        arrived = () => controller.abort(reason);
        await assert.rejects(call(controller.signal), (error) => error === reason);
        await assert.rejects(call(AbortSignal.abort(reason)), (error) => error === reason);
      }
    });

    it("rejects with unavailable, naming the address, when the daemon dies under a call", async () => {
      silent = true;
      for (const call of [() => client.system.version(), () => client.events.subscribe().next()]) {
        const inPlace = new Promise<void>((resolve) => {
          arrived = resolve;
        });
        const answer = assert.rejects(call(), { kind: "unavailable", subject: { type: "daemon", id: server.address } });
        await inPlace;
        await server.kill();
        await answer;
        await server.revive();
      }
    });

    it("rejects with unavailable while nobody listens, and works again afterwards", async () => {
      silent = false;
      failure = failureOf("aborted");
      await server.kill();
      await assert.rejects(client.system.version(), { kind: "unavailable", detail: /no such socket/ });
      await assert.rejects(client.events.subscribe().next(), { kind: "unavailable" });
      await server.revive();
      await assert.rejects(client.system.version(), isEqual(failure));
    });

    it("rejects with unimplemented where the daemon lacks a service", async () => {
      await assert.rejects(client.images.list(), { kind: "unimplemented" });
    });

    it("rejects with failed-precondition after close, and what runs then too", async () => {
      silent = true;
      const own = createClient({ address: server.address, protocol });
      const inPlace = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const running = assert.rejects(own.system.version(), { kind: "failed-precondition" });
      await inPlace;
      await own.close();
      await own.close();
      await running;
      await assert.rejects(own.in("other").system.version(), { kind: "failed-precondition" });
    });
  });
}

function failureOf(kind: ErrorKind): OperationError {
  return new OperationError(kind, { type: "snapshot", id: "a/b" }, `is ${kind}`, { cleanup: ["could not undo it"] });
}

function isEqual(expected: OperationError) {
  return (error: unknown) => {
    assert.ok(error instanceof OperationError);
    const { cleanup, detail, kind, message, subject } = expected;
    assert.deepEqual({ cleanup: error.cleanup, detail: error.detail, kind: error.kind }, { cleanup, detail, kind });
    assert.deepEqual({ message: error.message, subject: error.subject }, { message, subject });
    return true;
  };
}
