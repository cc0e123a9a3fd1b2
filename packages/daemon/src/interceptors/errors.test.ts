import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { type ErrorKind, errorKinds, OperationError, type OutputFrame } from "@gantry/api";
import { ContainerService } from "@gantry/api/gantry/containers/v1";
import { ErrorDetailSchema } from "@gantry/api/gantry/types/v1";
import { operationErrorFrom, statusCodeOf } from "@gantry/api/wire";
import { FakeRuntime } from "../testing/fake-runtime.ts";
import { containerRequest } from "../testing/requests.ts";
import { noPlugins, protocols, TestDaemon, type TestProtocol } from "../testing/test-daemon.ts";

const errorOf = (kind: ErrorKind) =>
  new OperationError(kind, { type: "mount", id: "/a/b" }, `fails on purpose: ${kind}`, {
    cause: new TypeError("secret"),
    cleanup: [new TypeError("cleanup failed too")],
  });

describe("errors over the wire", () => {
  let test: TestDaemon;
  const runtime = new FakeRuntime({
    at: (moment, id) => {
      const kind = errorKinds.find((one) => one === id);
      if (moment === "creating" && kind !== undefined) throw errorOf(kind);
      if (moment === "creating" && id === "unforeseen") throw new TypeError("secret");
    },
  });
  let streamed: ErrorKind = "internal";

  before(async () => {
    test = await TestDaemon.start({ registrations: { ...noPlugins, runtimes: [runtime.registration()] } });
    await createClient(ContainerService, test.transport()).createContainer(containerRequest("streams"));
    runtime.container("streams").init.output = async function* (): AsyncGenerator<OutputFrame, void, void> {
      yield { stream: "stdout", data: Buffer.from("x"), nextOffset: 1n, writtenAt: new Date() };
      throw errorOf(streamed);
    };
  });
  after(() => test[Symbol.asyncDispose]());

  const all: readonly TestProtocol[] = [...protocols, "json"];
  for (const protocol of all) {
    for (const kind of errorKinds) {
      it(`carries ${kind} over ${protocol}, as an answer`, async () => {
        const client = createClient(ContainerService, test.transport(protocol));
        await assert.rejects(client.createContainer(containerRequest(kind)), (error) => isRebuilt(error, kind));
      });

      it(`carries ${kind} over ${protocol}, in the middle of a stream`, async () => {
        const client = createClient(ContainerService, test.transport(protocol));
        streamed = kind;
        let frames = 0;
        const read = async () => {
          for await (const { frame } of client.attach({ id: "streams" })) frames += frame === undefined ? 0 : 1;
        };
        await assert.rejects(read(), (error) => isRebuilt(error, kind));
        assert.equal(frames, 1);
      });
    }

    it(`withholds over ${protocol} what nobody foresaw`, async () => {
      const client = createClient(ContainerService, test.transport(protocol));
      await assert.rejects(client.createContainer(containerRequest("unforeseen")), (error) => {
        assert.ok(error instanceof ConnectError);
        assert.equal(error.code, Code.Internal);
        assert.match(error.rawMessage, /internal error/);
        assert.doesNotMatch(JSON.stringify(error.findDetails(ErrorDetailSchema)) + error.message, /secret/);
        return true;
      });
    });
  }
});

function isRebuilt(error: unknown, kind: ErrorKind): boolean {
  assert.ok(error instanceof ConnectError);
  assert.equal(error.code, statusCodeOf[kind]);
  const [detail] = error.findDetails(ErrorDetailSchema);
  assert.ok(detail !== undefined, "has no detail");
  const rebuilt = operationErrorFrom(detail, error.code, error);
  const expected = errorOf(kind);
  assert.deepEqual(
    [rebuilt.kind, rebuilt.subject, rebuilt.detail, rebuilt.cleanup],
    [expected.kind, expected.subject, expected.detail, ["cleanup failed too"]],
  );
  assert.doesNotMatch(error.message, /secret/);
  return true;
}

describe("docs/errors.md", () => {
  it("lists every kind with its code, and nothing else", () => {
    const text = readFileSync(new URL("../../../../docs/errors.md", import.meta.url), "utf8");
    const rows = text.matchAll(/^\| `([a-z-]+)` \| `([A-Z_]+)` \(([0-9]+)\) \| [^|]+ \| [^|]+ \|$/gm);
    const listed = [...rows].map(([, kind, code, number]) => [kind, code, Number(number)]);
    const expected = errorKinds.map((kind) => {
      const code = statusCodeOf[kind];
      return [kind, codeName(code), code];
    });
    assert.deepEqual(listed, expected);
  });
});

/** The name that the documentation of gRPC gives to a code. */
function codeName(code: number): string {
  return Code[code]?.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase() ?? "";
}
