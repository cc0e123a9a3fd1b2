import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { throwsWith } from "./testing/throws.ts";
import { resolveUser } from "./user.ts";

const passwd = [
  "root:x:0:0:root:/root:/bin/sh",
  "app:x:1000:1001::/home/app:/bin/sh",
  "short:x",
  "bad:x:4294967296:0::/:/bin/sh",
  "hex:x:0x0:0::/:/bin/sh",
  "empty:x::0::/:/bin/sh",
  "2147483648:x:0:0::/:/bin/sh",
  "0x0:x:0:0::/:/bin/sh",
  "badgroup:x:7:-1::/:/bin/sh",
  "",
].join("\n");
const group = [
  "root:x:0:",
  "main:x:1001:",
  "extra:x:2002:other,app",
  "main2:x:1001:app",
  "huge:x:99999999999:app",
  "broken",
  "",
].join("\n");
const files = { passwd, group };

describe("resolveUser", () => {
  for (const [text, uid, gid, additionalGids] of [
    ["root", 0, 0, [0]],
    ["app", 1000, 1001, [1001, 2002]],
    ["1000", 1000, 1001, [1001, 2002]],
    ["app:extra", 1000, 2002, [2002]],
    ["app:5", 1000, 5, [5]],
    ["5:extra", 5, 2002, [2002]],
    ["5", 5, 0, [0]],
    ["0:0", 0, 0, [0]],
    ["2147483647:2147483647", 2147483647, 2147483647, [2147483647]],
  ] as const) {
    it(`finds ${text}`, () => {
      assert.deepEqual(resolveUser(text, files), { uid, gid, additionalGids });
    });
  }

  it("needs no files for numbers", () => {
    assert.deepEqual(resolveUser("5:6", { passwd: null, group: null }), { uid: 5, gid: 6, additionalGids: [6] });
  });

  for (const text of ["nobody", "short", "app:nogroup", "root:broken"]) {
    it(`rejects ${text} with not-found`, () => {
      throwsWith("not-found", () => resolveUser(text, files));
    });
  }

  for (const text of [
    "",
    ":",
    ":0",
    "root:",
    "a:b:c",
    "2147483648",
    "4294967296",
    "-1",
    "+1",
    "1e3",
    "0x0",
    " 0",
    "0 ",
    "0\n",
    "root\0",
    "9".repeat(36),
    `0:${"9".repeat(36)}`,
    "../x:0:",
    "a/b",
    "x".repeat(300),
  ]) {
    it(`rejects ${JSON.stringify(text.slice(0, 40))} with invalid-argument, whatever the files say`, () => {
      throwsWith("invalid-argument", () => resolveUser(text, files));
    });
  }

  for (const text of ["bad", "hex", "empty", "badgroup", "app:huge"]) {
    it(`rejects an entry whose id is out of range with invalid-argument: ${text}`, () => {
      throwsWith("invalid-argument", () => resolveUser(text, files));
    });
  }

  it("takes no time for much nonsense", () => {
    const began = performance.now();
    throwsWith("not-found", () => resolveUser("nobody", { passwd: ":".repeat(10 * 1024 * 1024), group: null }));
    assert.ok(performance.now() - began < 5_000);
  });
});
