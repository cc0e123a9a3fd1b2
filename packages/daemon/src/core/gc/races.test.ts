import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { isOperationError } from "@gantry/api";
import { packImage } from "../../testing/oci-archive.ts";
import { Seeded } from "../../testing/seeded.ts";
import { TestCore } from "../../testing/test-core.ts";

const namespace = "default";
const signal = new AbortController().signal;
/** Longer runs are asked for by the environment. */
const rounds = Number(process.env["GANTRY_GC_ROUNDS"] ?? 120);

/** Collections and calls at once, their order changed by a seed; nothing that is kept may be gone behind them. */
describe("a collection beside other calls", { timeout: 240_000 }, () => {
  let test: TestCore;
  let archive: Buffer;

  before(async () => {
    test = await TestCore.open();
    archive = await packImage({ name: "box", files: { a: Buffer.from("a") } });
  });
  after(() => test[Symbol.asyncDispose]());

  /** Lets others go first so many times. */
  const wait = async (random: Seeded): Promise<void> => {
    for (let turns = random.below(40); turns > 0; turns -= 1) {
      await (random.below(4) === 0 ? new Promise(setImmediate) : Promise.resolve());
    }
  };
  const collecting = async (random: Seeded) => {
    for (let runs = 1 + random.below(3); runs > 0; runs -= 1) {
      await wait(random);
      await test.core.collector.collect(namespace);
    }
  };
  const imageOf = (digest: string) => ({ mediaType: "text/plain", digest, sizeBytes: 1n });
  const isThere = async (kind: "content" | "snapshot/memory", id: string) =>
    (await test.there()).includes(`${kind} ${id}`);
  const orGone = (error: unknown) => {
    if (!isOperationError(error, "not-found", "aborted")) throw error;
    return undefined;
  };

  for (const [title, race] of Object.entries({
    "keeps garbage that becomes an image, or says that it is gone": async (random: Seeded, name: string) => {
      await test.lease(name);
      const leaf = await test.blob(`leaf ${name}`, name);
      const digest = await test.blob(name, name, new Map([["gantry.dev/gc.ref.content", leaf]]));
      test.endLease(name);
      const making = wait(random)
        .then(() => test.core.images.create({ namespace, name }, imageOf(digest), new Map()))
        .catch(orGone);
      const [made] = await Promise.all([making, collecting(random)]);
      // What a call was at that failed is spared once.
      if (made === undefined) await test.core.collector.collect(namespace);
      assert.equal(await isThere("content", digest), made !== undefined);
      assert.equal(await isThere("content", leaf), made !== undefined);
    },
    "keeps what is made under a lease between its making and the lease's end": async (random: Seeded, name: string) => {
      await test.lease(name);
      const making = wait(random).then(() => test.blob(name, name));
      const layering = wait(random).then(() => test.layer(name, null, name));
      const [digest] = await Promise.all([making, layering, collecting(random)]);
      assert.ok((await isThere("content", digest)) && (await isThere("snapshot/memory", name)));
      test.endLease(name);
      await test.core.collector.collect(namespace);
      assert.ok(!(await isThere("content", digest)) && !(await isThere("snapshot/memory", name)));
    },
    "keeps garbage that is added to a lease, or says that it is gone": async (random: Seeded, name: string) => {
      for (const id of [name, `${name}-2`]) await test.lease(id);
      await test.layer(name, null, name);
      test.endLease(name);
      const lease = { namespace, id: `${name}-2` };
      const adding = wait(random)
        .then(() => test.core.leases.addResource(lease, { type: "snapshot", id: name }))
        .then(() => true, orGone);
      const [added] = await Promise.all([adding, collecting(random)]);
      assert.equal(await isThere("snapshot/memory", name), added === true);
      test.endLease(lease.id);
    },
    "keeps the garbage that a container is made on, or makes none": async (random: Seeded, name: string) => {
      await test.lease(name);
      await test.layer(`${name}-base`, null, name);
      const under = { lease: name };
      await test.core.snapshots.prepare({ namespace, snapshotter: "", name }, `${name}-base`, { under });
      test.endLease(name);
      const creating = wait(random)
        .then(() => test.container(name, name))
        .then(() => true, orGone);
      const [made] = await Promise.all([creating, collecting(random)]);
      assert.equal(await isThere("snapshot/memory", name), made === true);
      if (made) assert.ok(await isThere("snapshot/memory", `${name}-base`));
    },
    "keeps what a making by hand finds there, or makes it anew": async (random: Seeded, name: string) => {
      await test.lease(name);
      const digest = await test.blob(name, name);
      test.endLease(name);
      const making = wait(random)
        .then(() => test.blob(name))
        .catch((error: unknown) => {
          if (isOperationError(error, "already-exists")) return digest;
          return orGone(error);
        });
      const [made] = await Promise.all([making, collecting(random)]);
      assert.equal(await isThere("content", digest), made !== undefined);
    },
  })) {
    it(title, async () => {
      for (let seed = 0; seed < rounds; seed += 1) {
        const name = `${title.replaceAll(/[^a-z]+/g, "-").slice(0, 40)}x${seed}`;
        await race(new Seeded(seed), name).catch((error: unknown) => {
          assert.fail(`seed ${seed}: ${error instanceof Error ? error.stack : error}`);
        });
      }
    });
  }

  it("keeps a whole image that is imported and unpacked, also where parts of it are garbage", async () => {
    for (let seed = 0; seed < Math.ceil(rounds / 10); seed += 1) {
      const random = new Seeded(seed);
      const ref = `archive-${seed}`;
      await test.core.contents.write({ namespace, ref, offsetBytes: 0n, data: archive }, signal);
      const request = { namespace, ref, name: "", keepExisting: false, signal, onProgress: () => {} };
      const importing = wait(random).then(() => test.core.images.import(request));
      await Promise.all([importing, collecting(random), collecting(random)]);
      const image = { namespace, name: "box" };
      const resolved = await test.core.images.resolve(image);
      for (const { digest } of [resolved.manifest, resolved.config, ...resolved.layers]) {
        assert.ok(await isThere("content", digest), `seed ${seed}`);
      }
      const deleting = test.core.images.delete(image);
      await Promise.all([deleting, collecting(random)]);
      for (const { digest } of resolved.layers) assert.ok(!(await isThere("content", digest)), `seed ${seed}`);
    }
  });

  it("lets calls in every few milliseconds while it looks at thousands of objects", async () => {
    await test.lease("many");
    const { core } = test;
    for (let index = 0; index < 2_000; index += 1) {
      await core.snapshots.prepare({ namespace, snapshotter: "", name: `many-${index}` }, null, {
        under: { lease: "many" },
      });
    }
    test.endLease("many");
    let worstMs = 0;
    let isRunning = true;
    const watching = (async () => {
      while (isRunning) {
        const since = performance.now();
        await new Promise(setImmediate);
        worstMs = Math.max(worstMs, performance.now() - since);
      }
    })();
    const { removed } = await core.collector.collect(namespace);
    isRunning = false;
    await watching;
    assert.equal(removed.filter(({ id }) => id.startsWith("many-")).length, 2_000);
    assert.ok(worstMs < 250, `the event loop was kept for ${worstMs} ms`);
  });
});
