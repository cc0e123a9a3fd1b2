import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { problemOf } from "./changesets.mjs";

const known = new Set(["@gantry/api", "@gantry/cli"]);

describe("a changeset", () => {
  it("may bump several packages", () => {
    assert.equal(
      problemOf('---\n"@gantry/api": minor\n"@gantry/cli": patch\n---\n\nAdd usage figures\n', known),
      undefined,
    );
  });

  it("may bump nothing, with a text", () => {
    assert.equal(problemOf("---\n---\n\nSort the imports\n", known), undefined);
  });

  const wrong = [
    ["names no known package", '---\n"@gantry/apple": minor\n---\nText\n', /names no package/],
    ["bumps by something else", '---\n"@gantry/api": huge\n---\nText\n', /patch, minor, major/],
    ["has no text", '---\n"@gantry/api": minor\n---\n\n', /expected a text/],
    ["has no front matter", "Text\n", /expected front matter/],
  ];
  for (const [title, text, expected] of wrong) {
    it(`is refused when it ${title}`, () => assert.match(problemOf(text, known), expected));
  }
});
