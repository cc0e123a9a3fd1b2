import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Claims, Turns } from "./turns.ts";

/** Work that is under way until it is told to end, and what became of it. */
class Probe {
  readonly log: string[] = [];
  readonly #turns = new Turns();
  readonly #ends = new Map<string, () => void>();

  begin(name: string, claims: Claims, signal?: AbortSignal): Promise<unknown> {
    return this.#turns.run(claims, signal, () => {
      this.log.push(`${name} begins`);
      return new Promise<void>((resolve) => this.#ends.set(name, resolve)).then(() => {
        this.log.push(`${name} ends`);
      });
    });
  }

  async end(name: string): Promise<void> {
    await settled();
    this.#ends.get(name)?.();
    await settled();
  }

  idle(): Promise<void> {
    return this.#turns.idle();
  }
}

/** Lets everything that can go on do so. */
async function settled(): Promise<void> {
  await new Promise(setImmediate);
}

describe("Turns", () => {
  it("runs work on one name in the order of the calls", async () => {
    const probe = new Probe();
    void probe.begin("1", { alone: ["a"] });
    void probe.begin("2", { alone: ["a"] });
    await settled();
    assert.deepEqual(probe.log, ["1 begins"]);
    await probe.end("1");
    await probe.end("2");
    assert.deepEqual(probe.log, ["1 begins", "1 ends", "2 begins", "2 ends"]);
  });

  it("runs work on different names at once", async () => {
    const probe = new Probe();
    void probe.begin("1", { alone: ["a"] });
    void probe.begin("2", { alone: ["b"] });
    await settled();
    assert.deepEqual(probe.log, ["1 begins", "2 begins"]);
    await probe.end("1");
    await probe.end("2");
  });

  it("lets many share a name, and the next that wants it alone wait for all of them", async () => {
    const probe = new Probe();
    void probe.begin("1", { alone: [], shared: ["a"] });
    void probe.begin("2", { alone: ["b"], shared: ["a"] });
    void probe.begin("3", { alone: ["a"] });
    void probe.begin("4", { alone: [], shared: ["a"] });
    await settled();
    assert.deepEqual(probe.log, ["1 begins", "2 begins"]);
    await probe.end("1");
    assert.equal(probe.log.includes("3 begins"), false);
    await probe.end("2");
    assert.equal(probe.log.at(-1), "3 begins");
    await probe.end("3");
    assert.equal(probe.log.at(-1), "4 begins");
    await probe.end("4");
  });

  it("takes places in several lines at once, so that crossed claims do not lock each other out", async () => {
    const probe = new Probe();
    const all = [probe.begin("1", { alone: ["a", "b"] }), probe.begin("2", { alone: ["b", "a"] })];
    await probe.end("1");
    await probe.end("2");
    await Promise.all(all);
    assert.deepEqual(probe.log, ["1 begins", "1 ends", "2 begins", "2 ends"]);
  });

  it("takes a name that is claimed twice by one work as claimed once", async () => {
    const turns = new Turns();
    assert.equal(await turns.run({ alone: ["a", "a"], shared: ["a"] }, undefined, async () => 7), 7);
  });

  it("goes on after work that rejects, and hands its error to its caller alone", async () => {
    const turns = new Turns();
    const failing = turns.run({ alone: ["a"] }, undefined, () => Promise.reject(new TypeError("no")));
    const next = turns.run({ alone: ["a"] }, undefined, async () => "next");
    await assert.rejects(failing, { message: "no" });
    assert.equal(await next, "next");
  });

  it("rejects at once with the reason of a signal that aborts while work waits, and never runs it", async () => {
    const probe = new Probe();
    const abort = new AbortController();
    void probe.begin("1", { alone: ["a"] });
    const waiting = probe.begin("2", { alone: ["a"] }, abort.signal);
    void probe.begin("3", { alone: ["a"] });
    abort.abort("enough");
    await assert.rejects(waiting, (reason) => reason === "enough");
    await settled();
    assert.deepEqual(probe.log, ["1 begins"], "3 still waits for 1");
    await probe.end("1");
    await probe.end("3");
    assert.deepEqual(probe.log, ["1 begins", "1 ends", "3 begins", "3 ends"]);
  });

  it("is idle when all work has ended, that of callers who came meanwhile included", async () => {
    const probe = new Probe();
    void probe.begin("1", { alone: ["a"] });
    let idle = false;
    const waiting = probe.idle().then(() => {
      idle = true;
    });
    void probe.begin("2", { alone: ["b"] });
    await probe.end("1");
    assert.equal(idle, false);
    await probe.end("2");
    await waiting;
  });
});
