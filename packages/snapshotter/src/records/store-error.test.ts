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

  it("makes an I/O error resource-exhausted where that is its reason", () => {
    const fail = (errcode: number) => () => {
      throw Object.assign(new Error("disk I/O error"), { errcode });
    };
    // SQLITE_IOERR_SHMSIZE and SQLITE_IOERR_READ of sqlite.org/rescode.html.
    assert.throws(
      () => translatingStoreErrors("/file", fail(4874)),
      (error) => isOperationError(error, "resource-exhausted"),
    );
    assert.throws(
      () => translatingStoreErrors("/file", fail(266)),
      (error) => isOperationError(error, "internal"),
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
