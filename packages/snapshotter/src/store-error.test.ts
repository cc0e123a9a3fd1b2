import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { isOperationError, OperationError } from "@gantry/api";
import { translatingStoreErrors } from "./store-error.ts";

describe("translatingStoreErrors", () => {
  it("gives what the work gives", () => {
    assert.equal(
      translatingStoreErrors("/file", () => 7),
      7,
    );
  });

  it("makes a full database resource-exhausted, naming the file", () => {
    const database = new DatabaseSync(":memory:");
    database.exec("PRAGMA max_page_count = 4; CREATE TABLE t (x)");
    const fill = () => database.exec("INSERT INTO t VALUES (zeroblob(100000))");
    assert.throws(
      () => translatingStoreErrors("/file", fill),
      (error) => isOperationError(error, "resource-exhausted") && error.subject.id === "/file",
    );
  });

  it("makes a broken constraint internal, since a rule above should have caught it", () => {
    const database = new DatabaseSync(":memory:");
    database.exec("CREATE TABLE t (x NOT NULL)");
    assert.throws(
      () => translatingStoreErrors("/file", () => database.exec("INSERT INTO t VALUES (NULL)")),
      (error) => isOperationError(error, "internal") && error.cause instanceof Error,
    );
  });

  it("leaves an OperationError as it is", () => {
    const error = new OperationError("not-found", { type: "snapshot", id: "a" }, "does not exist");
    const fail = () => {
      throw error;
    };
    assert.throws(
      () => translatingStoreErrors("/file", fail),
      (thrown) => thrown === error,
    );
  });
});
