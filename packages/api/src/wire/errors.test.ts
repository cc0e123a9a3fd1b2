import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { errorKinds, OperationError } from "../errors.ts";
import { ErrorDetailSchema } from "../gantry/types/v1/index.ts";
import { errorDetailFrom, kindOfStatusCode, operationErrorFrom, statusCodeOf } from "./errors.ts";

describe("statusCodeOf and kindOfStatusCode", () => {
  it("give every kind a code of its own, and the kind back", () => {
    const codes = errorKinds.map((kind) => statusCodeOf[kind]);
    assert.equal(new Set(codes).size, errorKinds.length);
    assert.deepEqual(codes.map(kindOfStatusCode), [...errorKinds]);
  });

  it("give every code of gRPC a kind, internal for those without one", () => {
    const named = new Set<number>(Object.values(statusCodeOf));
    const nameless = Array.from({ length: 17 }, (_, code) => code).filter((code) => !named.has(code));
    // OK and UNKNOWN.
    assert.deepEqual(nameless, [0, 2]);
    for (const code of [...nameless, -1, 17, Number.NaN]) {
      assert.equal(kindOfStatusCode(code), "internal");
    }
  });
});

describe("errorDetailFrom and operationErrorFrom", () => {
  for (const kind of errorKinds) {
    it(`carry ${kind} with everything but its cause`, () => {
      const cleanup = [
        new Error("busy"),
        new OperationError("internal", { type: "mount", id: "/m" }, "stays"),
        "text",
        7,
      ];
      const thrown = new OperationError(kind, { type: "container", id: "a\nb" }, "größer", {
        cause: new Error("secret"),
        cleanup,
      });
      const bytes = toBinary(ErrorDetailSchema, errorDetailFrom(thrown));
      assert.equal(Buffer.from(bytes).includes("secret"), false);
      const cause = new Error("of the transport");
      const rebuilt = operationErrorFrom(fromBinary(ErrorDetailSchema, bytes), statusCodeOf[kind], cause);
      assert.deepEqual([rebuilt.kind, rebuilt.message, rebuilt.subject], [kind, thrown.message, thrown.subject]);
      assert.deepEqual([rebuilt.detail, rebuilt.cause], [thrown.detail, cause]);
      assert.deepEqual(rebuilt.cleanup, ["busy", 'mount "/m": stays', "text", "7"]);
    });
  }

  it("take the kind of the code for a kind of a newer version, and keep its subject", () => {
    const detail = create(ErrorDetailSchema, {
      kind: "too-early",
      subjectType: "sandbox",
      subjectId: "s1",
      detail: "not yet",
    });
    const error = operationErrorFrom(detail, statusCodeOf["failed-precondition"], undefined);
    assert.deepEqual([error.kind, error.message], ["failed-precondition", 'sandbox "s1": not yet']);
    for (const kind of ["", "__proto__", "constructor"]) {
      assert.equal(operationErrorFrom(create(ErrorDetailSchema, { kind }), 2, undefined).kind, "internal");
    }
  });
});
