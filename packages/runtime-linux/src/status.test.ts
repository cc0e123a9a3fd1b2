import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ProcessStatus } from "@gantry/api";
import { nextStatus, requireTransition, type StatusEvent, wrongStatus } from "./status.ts";
import { throwsWith } from "./testing/throws.ts";

const subject = { type: "container", id: "c1" } as const;
const statuses: readonly ProcessStatus[] = ["created", "running", "paused", "stopped", "unknown"];
const events: readonly StatusEvent[] = ["start", "pause", "resume", "exit", "lose"];

/** Every pair of status and event that leads somewhere, written down a second time. */
const legal: ReadonlyMap<string, ProcessStatus> = new Map([
  ["created start", "running"],
  ["created exit", "stopped"],
  ["created lose", "unknown"],
  ["running pause", "paused"],
  ["running exit", "stopped"],
  ["running lose", "unknown"],
  ["paused resume", "running"],
  ["paused exit", "stopped"],
  ["paused lose", "unknown"],
  ["unknown exit", "stopped"],
]);

describe("status", () => {
  for (const status of statuses) {
    for (const event of events) {
      const next = legal.get(`${status} ${event}`);
      if (next !== undefined) {
        it(`leads from ${status} by ${event} to ${next}`, () => {
          assert.equal(nextStatus(status, event), next);
          assert.equal(requireTransition(subject, status, event), next);
        });
      } else {
        it(`refuses ${event} while ${status} with failed-precondition that names both`, () => {
          assert.equal(nextStatus(status, event), null);
          const error = throwsWith("failed-precondition", () => requireTransition(subject, status, event));
          assert.match(error.message, new RegExp(`cannot ${event} while ${status}, expected `));
          assert.deepEqual(error.subject, subject);
        });
      }
    }
  }

  it("says where a process would have to stand", () => {
    const error = wrongStatus(subject, "stopped", { doing: "kill", expected: ["running", "paused"] });
    assert.equal(error.message, 'container "c1": cannot kill while stopped, expected running or paused');
  });
});
