import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isOperationError } from "@gantry/api";
import { compileFilters, type FieldReader } from "./filter.ts";

const fields = ["id", "image", "labels"];
const labels = new Map([
  ["a.b/c", "v"],
  ["plain", "x,y"],
  ["__proto__", "own"],
]);
const read: FieldReader = ([field, ...rest]) => {
  if (field === "labels") return labels.get(rest.join("."));
  return field === "id" ? "web-1" : undefined;
};

describe("compileFilters", () => {
  const matching: readonly (readonly string[])[] = [
    [],
    ["id==web-1"],
    ['id == "web-1"'],
    ["id!=other"],
    ["id~=^web-[0-9]$"],
    ["image!=x"],
    ['labels."a.b/c"==v'],
    ['labels.plain=="x,y"'],
    ["labels.plain"],
    ["labels.__proto__==own"],
    ["id==no", "id==web-1"],
    ["id==web-1, labels.plain"],
  ];
  for (const filters of matching) {
    it(`matches ${JSON.stringify(filters)}`, async () => {
      assert.equal((await compileFilters(filters, fields))(read), true);
    });
  }

  for (const filter of ["id==other", "id~=^[0-9]", "image", "labels.none", "id==web-1,image", 'labels."a.b/c"!=v']) {
    it(`passes over what ${JSON.stringify(filter)} does not match`, async () => {
      assert.equal((await compileFilters([filter], fields))(read), false);
    });
  }

  const unreadable = {
    "": "character 1",
    "id=x": "character 3",
    'id=="x': "closing quote",
    'id=="\\q"': "character 5",
    "id==x,": "character 7",
    "id x": "character 4",
    "color==red": "fields are id, image, labels",
    "id~=(": "regular expression",
    "id~=(?=x)": "regular expression",
  };
  for (const [filter, place] of Object.entries(unreadable)) {
    it(`rejects ${JSON.stringify(filter)} with invalid-argument, naming the place`, async () => {
      const compile = compileFilters([filter], fields);
      await assert.rejects(
        compile,
        (error) => isOperationError(error, "invalid-argument") && error.message.includes(place),
      );
    });
  }

  it("needs linear time for a pattern that others need exponential time for", async () => {
    const matches = await compileFilters(["id~=^(a+)+$"], fields);
    const startedAt = performance.now();
    assert.equal(
      matches(() => `${"a".repeat(50_000)}!`),
      false,
    );
    assert.ok(performance.now() - startedAt < 2_000);
  });
});
