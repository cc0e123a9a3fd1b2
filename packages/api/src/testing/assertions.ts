import assert from "node:assert/strict";
import { type ErrorKind, OperationError } from "../errors.ts";

/** Asserts that `call` rejects with an `OperationError` of `kind`, and gives the error. */
export async function rejectsWith(kind: ErrorKind, call: Promise<unknown>): Promise<OperationError> {
  const outcome = await call.then(
    (value: unknown) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!("error" in outcome)) {
    assert.fail(`resolved, expected a rejection with ${kind}`);
  }
  const { error } = outcome;
  if (!(error instanceof OperationError)) {
    throw new assert.AssertionError({ message: `rejected with something else than an OperationError: ${error}` });
  }
  assert.equal(error.kind, kind, error.message);
  return error;
}

/** Asserts that exactly one of `calls` resolves and the others reject with `kind`; gives the index of the one. */
export async function exactlyOneResolves(calls: readonly Promise<unknown>[], kind: ErrorKind): Promise<number> {
  const outcomes = await Promise.allSettled(calls);
  const winners = outcomes.flatMap((outcome, index) => (outcome.status === "fulfilled" ? [index] : []));
  await Promise.all(
    outcomes.map((outcome) => outcome.status === "rejected" && rejectsWith(kind, Promise.reject(outcome.reason))),
  );
  const [winner] = winners;
  assert.equal(winners.length, 1, `${winners.length} of ${calls.length} calls won`);
  return winner ?? 0;
}

/** All that `items` gives, in order. (`Array.fromAsync` came with Node 22, and this package runs on 20.) */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
  }
  return all;
}
