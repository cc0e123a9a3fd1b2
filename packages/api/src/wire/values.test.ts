import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, fromJsonString, toBinary, toJsonString } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { SnapshotSchema } from "../gantry/snapshots/v1/index.ts";
import { dateFromMessage, dateToMessage, labelsFromMessage, labelsToMessage } from "./values.ts";

const labels = new Map([
  ["__proto__", "a key like any other"],
  ["constructor", "too"],
  ["hasOwnProperty", ""],
  ["gantry.dev/größe", "10 µm\n"],
  ["10", "a key that objects put first"],
]);

describe("labels of messages", () => {
  it("pass the binary form whole, whatever their keys", () => {
    const bytes = toBinary(SnapshotSchema, create(SnapshotSchema, { labels: labelsToMessage(labels) }));
    assert.deepEqual(labelsFromMessage(fromBinary(SnapshotSchema, bytes).labels), labels);
  });

  it("pass the JSON form whole, whatever their keys", () => {
    const json = toJsonString(SnapshotSchema, create(SnapshotSchema, { labels: labelsToMessage(labels) }));
    assert.deepEqual(labelsFromMessage(fromJsonString(SnapshotSchema, json).labels), labels);
  });

  it("leave the prototypes of objects alone", () => {
    const message = labelsToMessage(new Map([["__proto__", "polluted"]]));
    assert.equal(Object.getPrototypeOf(message), null);
    assert.equal(Object.getPrototypeOf({}), Object.prototype);
    assert.equal(labelsFromMessage({}).has("toString"), false);
  });

  it("may be none", () => {
    assert.deepEqual(labelsFromMessage(labelsToMessage(new Map())), new Map());
  });
});

describe("dates of messages", () => {
  for (const text of [
    "1970-01-01T00:00:00.000Z",
    "1969-12-31T23:59:59.999Z",
    "0001-01-01T00:00:00.000Z",
    "2017-02-10T12:34:56.789Z",
    "9999-12-31T23:59:59.999Z",
  ]) {
    it(`carry ${text} to the millisecond`, () => {
      const bytes = toBinary(TimestampSchema, dateToMessage(new Date(text)));
      assert.equal(dateFromMessage(fromBinary(TimestampSchema, bytes)).toISOString(), text);
    });
  }

  it("cut what is finer than a millisecond", () => {
    assert.deepEqual(dateFromMessage(create(TimestampSchema, { seconds: 1n, nanos: 999_999_999 })), new Date(1_999));
  });

  it("are the epoch where there is none", () => {
    assert.deepEqual(dateFromMessage(undefined), new Date(0));
  });
});
