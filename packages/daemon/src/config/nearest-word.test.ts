import assert from "node:assert/strict";
import { it } from "node:test";
import { nearestWord } from "./nearest-word.ts";

it("finds the word that was meant, and none where none is near", () => {
  const words = ["address", "allowed_origins", "tcp"];
  assert.equal(nearestWord("adress", words), "address");
  assert.equal(nearestWord("alowedorigins", words), "allowed_origins");
  assert.equal(nearestWord("tpc", words), "tcp");
  assert.equal(nearestWord("colour", words), undefined);
  assert.equal(nearestWord("x", []), undefined);
});
