import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { childNumbers, isDatasetName, parseProperties, propertyValue } from "./properties.ts";

describe("parseProperties", () => {
  it("reads a line for each property of each dataset", () => {
    assert.deepEqual(parseProperties("pool/a\tused\t114688\npool/a\torigin\t-\npool/b c\tmountpoint\t/with space\n"), [
      { dataset: "pool/a", property: "used", value: "114688" },
      { dataset: "pool/a", property: "origin", value: "-" },
      { dataset: "pool/b c", property: "mountpoint", value: "/with space" },
    ]);
  });

  it("keeps tabs and nothing within a value, and leaves out lines that are cut", () => {
    assert.deepEqual(parseProperties("pool\tuser:a\tone\ttwo\npool\tuser:b\t\npool\tused\npool\n\n"), [
      { dataset: "pool", property: "user:a", value: "one\ttwo" },
      { dataset: "pool", property: "user:b", value: "" },
    ]);
  });
});

describe("propertyValue", () => {
  const properties = parseProperties("pool/1\tmounted\tyes\npool/11\tmounted\tno\n");

  it("finds the value of exactly the dataset that is named", () => {
    assert.equal(propertyValue(properties, "pool/1", "mounted"), "yes");
    assert.equal(propertyValue(properties, "pool/11", "mounted"), "no");
    assert.equal(propertyValue(properties, "pool", "mounted"), undefined);
    assert.equal(propertyValue(properties, "pool/1", "used"), undefined);
  });
});

describe("childNumbers", () => {
  it("lists children named by numbers, the highest first, and nothing else", () => {
    const names = ["p/b", "p/b/2", "p/b/10", "p/b/1", "p/b/1@committed", "p/b/03", "p/b/other", "p/b/4/5", "p/bb/6"];
    const text = names.map((name) => `${name}\ttype\tfilesystem\n`).join("");
    assert.deepEqual(childNumbers(parseProperties(text), "p/b"), [10, 2, 1]);
  });
});

describe("isDatasetName", () => {
  for (const name of ["pool", "pool/gantry", "rpool/a.b/c_d-e:f", "pool/with space"]) {
    it(`takes ${JSON.stringify(name)}`, () => assert.equal(isDatasetName(name), true));
  }
  for (const name of ["", "-r", "/pool", "pool/", "pool//a", "pool/-a", "pool/a@snap", "pool/a\tb", "p".repeat(256)]) {
    it(`refuses ${JSON.stringify(name.slice(0, 12))}`, () => assert.equal(isDatasetName(name), false));
  }
});
