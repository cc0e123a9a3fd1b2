import assert from "node:assert/strict";
import { it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { loadHost } from "./load-host.ts";

it("loadHost rejects with unimplemented and names the calls that are missing", async () => {
  const error = await rejectsWith("unimplemented", loadHost("C:\\gantry"));
  assert.match(error.detail, /ActivateLayer.*vmcompute\.dll.*bindfltapi\.dll/);
});
