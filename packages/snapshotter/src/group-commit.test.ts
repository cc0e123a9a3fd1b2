import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { GroupCommit } from "./group-commit.ts";

function open() {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE numbers (n INTEGER PRIMARY KEY) STRICT");
  const insert = database.prepare("INSERT INTO numbers (n) VALUES (?)");
  return {
    database,
    group: new GroupCommit(database),
    insert: (n: number) => void insert.run(n),
    numbers: () =>
      database
        .prepare("SELECT n FROM numbers ORDER BY n")
        .all()
        .map((row) => row["n"]),
  };
}

describe("group commit", () => {
  it("writes changes of one moment in one transaction, in order", async () => {
    const { database, group, insert, numbers } = open();
    const inTransaction: boolean[] = [];
    const order: number[] = [];
    const change = (n: number) =>
      group.run(() => {
        inTransaction.push(database.isTransaction);
        order.push(n);
        insert(n);
      });
    const all = [change(3), change(1), change(2)];
    assert.deepEqual(numbers(), []);
    await Promise.all(all);
    assert.deepEqual(
      [order, numbers(), inTransaction],
      [
        [3, 1, 2],
        [1, 2, 3],
        [true, true, true],
      ],
    );
    assert.equal(database.isTransaction, false);
  });

  it("rejects a change that fails, whole, and writes the others", async () => {
    const { group, insert, numbers } = open();
    const outcomes = await Promise.allSettled([
      group.run(() => insert(1)),
      group.run(() => {
        insert(2);
        insert(1);
      }),
      group.run(() => insert(3)),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    assert.deepEqual(numbers(), [1, 3]);
  });

  it("rejects all of them when the transaction cannot be written", async () => {
    const { database, group, insert, numbers } = open();
    // A constraint that is only looked at when the transaction ends.
    database.exec("PRAGMA foreign_keys = ON");
    database.exec("CREATE TABLE others (n INTEGER REFERENCES numbers (n) DEFERRABLE INITIALLY DEFERRED) STRICT");
    const outcomes = await Promise.allSettled([
      group.run(() => insert(1)),
      group.run(() => database.exec("INSERT INTO others VALUES (99)")),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    assert.deepEqual([numbers(), database.isTransaction], [[], false]);
    await group.run(() => insert(2));
    assert.deepEqual(numbers(), [2]);
  });
});
