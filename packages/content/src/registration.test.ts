import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rejects } from "../fixtures/rejects.ts";
import { testDirectory } from "../fixtures/test-directory.ts";
import { contentRegistration } from "./registration.ts";

describe("contentRegistration", () => {
  it("opens a store and what is done with images, and refuses unknown options", async () => {
    await using directory = await testDirectory();
    const [root, state] = [join(directory.path, "root"), join(directory.path, "state")];
    mkdirSync(root);
    mkdirSync(state);
    const context = { root, state, options: {}, log: () => {} };
    await rejects(
      contentRegistration.open({ ...context, options: { typo: 1 } }),
      "invalid-argument",
      /option typo is unknown/,
    );
    const opened = await contentRegistration.open(context);
    assert.ok("ready" in opened);
    assert.deepEqual(await opened.ready.store.in("default").ingests(), []);
    await rejects(contentRegistration.open(context), "failed-precondition");
    await opened.ready.store.close();
  });
});
