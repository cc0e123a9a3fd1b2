import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseRestartPolicy, supervisionOptionsFrom } from "./supervision.ts";

describe("parseRestartPolicy", () => {
  it("reads policies as other engines write them", () => {
    assert.deepEqual(["no", "on-failure", "always", "unless-stopped"].map(parseRestartPolicy), [
      { mode: "no" },
      { mode: "on-failure" },
      { mode: "always" },
      { mode: "unless-stopped" },
    ]);
    assert.deepEqual(parseRestartPolicy("on-failure:5"), { mode: "on-failure", maxRestarts: 5 });
  });

  it("refuses anything else", () => {
    for (const text of ["", "yes", "always:3", "on-failure:", "on-failure:0", "on-failure:x", "Always"]) {
      assert.throws(() => parseRestartPolicy(text), /on-failure:N/, text);
    }
  });
});

describe("supervisionOptionsFrom", () => {
  it("asks for nothing where there are no flags", () => {
    assert.deepEqual(supervisionOptionsFrom({}), {});
  });

  it("hands a command to the container's shell, and leaves open what is not said", () => {
    assert.deepEqual(supervisionOptionsFrom({ healthCmd: "test -e /ok", healthRetries: 2, dependsOn: "db" }), {
      healthCheck: { args: ["/bin/sh", "-c", "test -e /ok"], retries: 2 },
      labels: new Map([["gantry.io/depends-on", "db"]]),
    });
  });

  it("refuses times of a check that there is not", () => {
    assert.throws(() => supervisionOptionsFrom({ healthInterval: 1_000 }), /need --health-cmd/);
  });
});
