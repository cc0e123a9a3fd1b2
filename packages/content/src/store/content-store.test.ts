import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import type { Content, ContentStore } from "@gantry/api/content";
import { allBytes, bytesOf, digestOf } from "../../fixtures/bytes.ts";
import { rejects } from "../../fixtures/rejects.ts";
import { testDirectory } from "../../fixtures/test-directory.ts";
import { openContentStore } from "./content-store.ts";

async function withStore(body: (store: ContentStore, root: string) => Promise<void>): Promise<void> {
  await using directory = await testDirectory();
  const root = join(directory.path, "content");
  const store = await openContentStore(root);
  try {
    await body(store, root);
  } finally {
    await store.close();
  }
}

async function put(content: Content, bytes: Uint8Array, ref = "put"): Promise<string> {
  const writer = await content.openWriter(ref);
  await writer.write(bytes);
  return (await writer.commit()).digest;
}

function blobPath(root: string, digest: string): string {
  return join(root, "blobs", ...digest.split(":"));
}

describe("openContentStore", () => {
  it("makes directories that only their owner can enter, and blobs that nobody can write", () =>
    withStore(async (store, root) => {
      const digest = await put(store.in("a"), Buffer.from("hello"));
      for (const path of [root, join(root, "blobs"), join(root, "blobs", "sha256"), join(root, "ingest")]) {
        assert.equal((await stat(path)).mode & 0o777, 0o700, path);
      }
      assert.equal((await stat(blobPath(root, digest))).mode & 0o777, 0o444);
    }));

  it("rejects a root that is open already with failed-precondition, naming the holder", () =>
    withStore(async (store, root) => {
      await rejects(openContentStore(root), "failed-precondition", new RegExp(`${process.pid}`));
      await put(store.in("a"), Buffer.from("still usable"));
    }));

  it("keeps blobs, labels and ingests over a restart", async () => {
    await using directory = await testDirectory();
    const first = await openContentStore(directory.path);
    const writer = await first.in("a").openWriter("half", { totalBytes: 10n });
    await writer.write(Buffer.from("12345"));
    const digest = await put(first.in("a"), Buffer.from("kept"));
    await first.in("a").setLabels(digest, new Map([["__proto__", "x"]]));
    await first.close();

    const second = await openContentStore(directory.path);
    const info = await second.in("a").stat(digest);
    assert.deepEqual([...info.labels], [["__proto__", "x"]]);
    const [ingest] = await second.in("a").ingests();
    assert.equal(ingest?.offsetBytes, 5n);
    assert.equal(ingest?.totalBytes, 10n);
    await second.close();
  });

  it("removes bytes that no record speaks of, as a crash leaves them", async () => {
    await using directory = await testDirectory();
    const first = await openContentStore(directory.path);
    const kept = await put(first.in("a"), Buffer.from("kept"));
    await first.close();
    await writeFile(blobPath(directory.path, digestOf("orphan")), "orphan");
    await writeFile(join(directory.path, "blobs", "sha512", "tmp"), "junk");
    await mkdir(join(directory.path, "ingest", "77"));

    const second = await openContentStore(directory.path);
    assert.deepEqual(await readdir(join(directory.path, "blobs", "sha256")), [kept.slice("sha256:".length)]);
    assert.deepEqual(await readdir(join(directory.path, "blobs", "sha512")), []);
    assert.deepEqual(await readdir(join(directory.path, "ingest")), []);
    await second.close();
  });

  it("starts an ingest anew whose bytes are gone", async () => {
    await using directory = await testDirectory();
    const first = await openContentStore(directory.path);
    const writer = await first.in("a").openWriter("r");
    await writer.write(Buffer.from("lost"));
    await first.close();
    const database = new DatabaseSync(join(directory.path, "metadata.db"));
    database.exec("UPDATE ingests SET id = 99");
    database.close();

    const second = await openContentStore(directory.path);
    assert.equal((await second.in("a").ingests())[0]?.offsetBytes, 0n);
    await second.close();
  });

  it("rejects a database of a newer version with failed-precondition and leaves it alone", async () => {
    await using directory = await testDirectory();
    await (await openContentStore(directory.path)).close();
    const database = new DatabaseSync(join(directory.path, "metadata.db"));
    database.exec("PRAGMA user_version = 99");
    database.close();
    await rejects(openContentStore(directory.path), "failed-precondition", /newer version/);
    await rejects(openContentStore(directory.path), "failed-precondition", /newer version/);
  });

  it("rejects a damaged database with data-loss", async () => {
    await using directory = await testDirectory();
    await writeFile(join(directory.path, "metadata.db"), bytesOf(8192));
    await rejects(openContentStore(directory.path), "data-loss");
  });
});

describe("ContentStore: local", () => {
  it("rejects every call after close with failed-precondition, and closes twice", async () => {
    await using directory = await testDirectory();
    const store = await openContentStore(directory.path);
    const content = store.in("a");
    const writer = await content.openWriter("r");
    await store.close();
    await store.close();
    const digest = digestOf("x");
    await rejects(content.openWriter("r2"), "failed-precondition");
    await rejects(content.stat(digest), "failed-precondition");
    await rejects(allBytes(content.read(digest)), "failed-precondition");
    await rejects(content.setLabels(digest, new Map()), "failed-precondition");
    await rejects(content.delete(digest), "failed-precondition");
    await rejects(Array.fromAsync(content.walk()), "failed-precondition");
    await rejects(content.ingests(), "failed-precondition");
    await rejects(content.abort("r"), "failed-precondition");
    await rejects(writer.write(Buffer.from("x")), "failed-precondition");
  });

  it("rejects a namespace that is no identifier with invalid-argument", () =>
    withStore(async (store) => {
      assert.throws(() => store.in("../x"), { kind: "invalid-argument" });
    }));
});

describe("openWriter", () => {
  it("lets one of many callers have a ref, and rejects the others with unavailable", () =>
    withStore(async (store) => {
      const content = store.in("a");
      const results = await Promise.allSettled(Array.from({ length: 64 }, () => content.openWriter("same")));
      const winners = results.filter((result) => result.status === "fulfilled");
      assert.equal(winners.length, 1);
      for (const result of results) {
        if (result.status === "rejected") assert.equal(result.reason.kind, "unavailable");
      }
    }));

  it("keeps refs apart that differ in case, form, slashes or not at all in another namespace", () =>
    withStore(async (store) => {
      const refs = ["A", "a", "\u00e9", "e\u0301", "a/../b", "__proto__", "r".repeat(1024)];
      for (const ref of refs) await (await store.in("x").openWriter(ref)).write(Buffer.from(ref));
      await (await store.in("y").openWriter("A")).close();
      const infos = await store.in("x").ingests();
      assert.deepEqual(
        infos.map(({ ref }) => ref),
        refs.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
      );
      for (const { ref, offsetBytes } of infos) assert.equal(offsetBytes, BigInt(Buffer.byteLength(ref)));
      assert.equal((await store.in("y").ingests())[0]?.offsetBytes, 0n);
    }));

  it("rejects malformed refs and digests with invalid-argument", () =>
    withStore(async (store) => {
      const content = store.in("a");
      for (const ref of ["", "a\0b", "r".repeat(1025), "\ud800"])
        await rejects(content.openWriter(ref), "invalid-argument");
      const malformed = [
        "",
        "sha256:",
        digestOf("x").toUpperCase(),
        digestOf("x").slice(0, -1),
        "md5:00",
        "sha256:../x",
      ];
      for (const expectedDigest of malformed) {
        await rejects(content.openWriter("r", { expectedDigest }), "invalid-argument", /lower-case hexadecimal/);
        await rejects(content.stat(expectedDigest), "invalid-argument");
        await rejects(allBytes(content.read(expectedDigest)), "invalid-argument");
        await rejects(content.delete(expectedDigest), "invalid-argument");
      }
      assert.deepEqual(await content.ingests(), []);
    }));

  it("rejects an expected digest that the namespace has with already-exists", () =>
    withStore(async (store) => {
      const digest = await put(store.in("a"), Buffer.from("x"));
      await rejects(store.in("a").openWriter("r", { expectedDigest: digest }), "already-exists");
      assert.deepEqual(await store.in("a").ingests(), []);
    }));

  it("makes another namespace send bytes that only the first one has", () =>
    withStore(async (store) => {
      const digest = await put(store.in("a"), Buffer.from("secret"));
      const writer = await store.in("b").openWriter("r", { expectedDigest: digest });
      assert.equal((await writer.status()).offsetBytes, 0n);
      await rejects(writer.commit({ digest }), "failed-precondition");
      await rejects(store.in("b").stat(digest), "not-found");
      await writer.write(Buffer.from("secret"));
      await writer.commit({ digest });
      assert.equal((await allBytes(store.in("b").read(digest))).toString(), "secret");
    }));
});

describe("ContentWriter", () => {
  it("shows offset, total and times after each write", () =>
    withStore(async (store) => {
      const writer = await store.in("a").openWriter("r", { totalBytes: 100n, expectedDigest: digestOf("x") });
      const { startedAt } = await writer.status();
      for (let round = 1; round <= 4; round++) {
        await writer.write(bytesOf(25));
        const status = await writer.status();
        assert.equal(status.offsetBytes, BigInt(25 * round));
        assert.equal(status.totalBytes, 100n);
        assert.equal(status.expectedDigest, digestOf("x"));
        assert.deepEqual(status.startedAt, startedAt);
        assert.ok(status.updatedAt >= startedAt);
      }
    }));

  it("keeps calls that are not waited for in order", () =>
    withStore(async (store) => {
      const bytes = bytesOf(64 * 1024);
      const writer = await store.in("a").openWriter("r");
      const writes = Array.from({ length: 2048 }, (_, index) =>
        writer.write(bytes.subarray(index * 32, index * 32 + 32)),
      );
      const commit = writer.commit({ digest: digestOf(bytes), sizeBytes: BigInt(bytes.length) });
      await Promise.all(writes);
      await commit;
    }));

  for (const size of [500, 5_000, 50_000, 3_000_000]) {
    for (const percent of [0, 10, 50, 90, 100]) {
      it(`goes on after ${percent} % of ${size} bytes, by resuming and by starting over`, () =>
        withStore(async (store) => {
          const content = store.in("a");
          const bytes = bytesOf(size);
          const cut = Math.floor((size * percent) / 100);
          for (const startOver of [false, true]) {
            const first = await content.openWriter("r");
            await first.write(bytes.subarray(0, cut));
            await first.close();
            const second = await content.openWriter("r");
            assert.equal((await second.status()).offsetBytes, BigInt(cut));
            if (startOver) await second.truncate(0n);
            await second.write(bytes.subarray(startOver ? 0 : cut));
            const { digest } = await second.commit({ digest: digestOf(bytes) });
            assert.deepEqual(await allBytes(content.read(digest)), bytes);
            await content.delete(digest);
          }
        }));
    }
  }

  it("cuts in the middle and hashes what is left", () =>
    withStore(async (store) => {
      const bytes = bytesOf(1_000_000);
      const writer = await store.in("a").openWriter("r");
      await writer.write(bytes);
      await writer.truncate(700_000n);
      assert.equal((await writer.status()).offsetBytes, 700_000n);
      await writer.write(Buffer.from("end"));
      const expected = Buffer.concat([bytes.subarray(0, 700_000), Buffer.from("end")]);
      await writer.commit({ digest: digestOf(expected) });
    }));

  it("rejects a cut beyond the end with out-of-range", () =>
    withStore(async (store) => {
      const writer = await store.in("a").openWriter("r");
      await writer.write(Buffer.from("123"));
      await rejects(writer.truncate(4n), "out-of-range", /3 bytes/);
    }));

  it("commits sha512 on demand, whatever was hashed along", () =>
    withStore(async (store) => {
      const bytes = bytesOf(400_000);
      const writer = await store.in("a").openWriter("r");
      await writer.write(bytes);
      const digest = digestOf(bytes, "sha512");
      assert.equal((await writer.commit({ digest })).digest, digest);
      const other = await store.in("b").openWriter("r", { expectedDigest: digest });
      await other.write(bytes);
      assert.equal((await other.commit()).digest, digestOf(bytes));
    }));

  it("rejects a wrong digest or size with failed-precondition, naming both, and keeps the bytes", () =>
    withStore(async (store) => {
      const content = store.in("a");
      const writer = await content.openWriter("r");
      await writer.write(Buffer.from("bytes"));
      const wrong = digestOf("other");
      await rejects(
        writer.commit({ digest: wrong }),
        "failed-precondition",
        new RegExp(`${digestOf("bytes")}.*${wrong}`),
      );
      await rejects(writer.commit({ sizeBytes: 6n }), "failed-precondition", /5 bytes, expected 6/);
      await rejects(content.openWriter("r"), "unavailable");
      await writer.write(Buffer.from("!"));
      await writer.commit({ sizeBytes: 6n, digest: digestOf("bytes!") });
      assert.deepEqual(await content.ingests(), []);
    }));

  it("rejects a blob that is there with already-exists and frees the ref", () =>
    withStore(async (store, root) => {
      const content = store.in("a");
      const digest = await put(content, Buffer.from("same"));
      for (const options of [{}, { digest }]) {
        const writer = await content.openWriter("r");
        await writer.write(Buffer.from("same"));
        await rejects(writer.commit(options), "already-exists");
        await rejects(writer.write(Buffer.from("x")), "failed-precondition");
        assert.deepEqual(await content.ingests(), []);
      }
      assert.deepEqual(await readdir(join(root, "ingest")), []);
    }));

  it("records labels and times at commit", () =>
    withStore(async (store) => {
      const before = Date.now();
      const writer = await store.in("a").openWriter("r");
      const labels = new Map([
        ["__proto__", "1"],
        ["constructor", "2"],
      ]);
      const info = await writer.commit({ labels });
      assert.deepEqual(info, await store.in("a").stat(digestOf("")));
      assert.deepEqual([...info.labels], [...labels]);
      assert.ok(info.createdAt.getTime() >= before && info.createdAt.getTime() <= Date.now());
      assert.deepEqual(info.createdAt, info.updatedAt);
    }));

  it("rejects labels that are too long with invalid-argument and keeps the bytes", () =>
    withStore(async (store) => {
      const writer = await store.in("a").openWriter("r");
      await rejects(writer.commit({ labels: new Map([["k", "v".repeat(4096)]]) }), "invalid-argument");
      await writer.commit();
    }));

  it("gives the ref up at close, more than once", () =>
    withStore(async (store) => {
      const writer = await store.in("a").openWriter("r");
      await writer.close();
      await writer.close();
      await (await store.in("a").openWriter("r")).close();
    }));

  it("does not commit once the signal is aborted", () =>
    withStore(async (store) => {
      const writer = await store.in("a").openWriter("r");
      await assert.rejects(writer.commit({ signal: AbortSignal.abort() }), { name: "AbortError" });
      await assert.rejects(writer.write(Buffer.from("x"), { signal: AbortSignal.abort() }), { name: "AbortError" });
      assert.equal((await writer.status()).offsetBytes, 0n);
    }));
});

describe("read", () => {
  let directory: Awaited<ReturnType<typeof testDirectory>>;
  let store: ContentStore;
  const bytes = bytesOf(2_500_000);
  const digest = digestOf(bytes);
  before(async () => {
    directory = await testDirectory();
    store = await openContentStore(directory.path);
    await put(store.in("a"), bytes);
  });
  after(async () => {
    await store.close();
    await directory[Symbol.asyncDispose]();
  });

  it("gives the whole blob in pieces of at most 1 MiB", async () => {
    const pieces = await Array.fromAsync(store.in("a").read(digest));
    assert.deepEqual(Buffer.concat(pieces), bytes);
    for (const piece of pieces) assert.ok(piece.length <= 1 << 20);
  });

  it("gives exactly the part asked for, cut at the end", async () => {
    const part = await allBytes(store.in("a").read(digest, { offsetBytes: 1_000n, lengthBytes: 50n }));
    assert.deepEqual(part, bytes.subarray(1_000, 1_050));
    const end = await allBytes(store.in("a").read(digest, { offsetBytes: 2_499_999n, lengthBytes: 50n }));
    assert.deepEqual(end, bytes.subarray(2_499_999));
    assert.equal((await allBytes(store.in("a").read(digest, { offsetBytes: 2_500_000n }))).length, 0);
  });

  it("rejects an offset beyond the end with out-of-range", async () => {
    await rejects(allBytes(store.in("a").read(digest, { offsetBytes: 2_500_001n })), "out-of-range");
  });

  it("rejects what the namespace does not see with not-found", async () => {
    await rejects(allBytes(store.in("b").read(digest)), "not-found");
  });

  it("rejects a file that is shorter than its record with data-loss", async () => {
    const short = await put(store.in("a"), bytesOf(100_000, 7));
    await truncate(blobPath(directory.path, short), 10);
    await rejects(allBytes(store.in("a").read(short)), "data-loss");
  });
});

describe("setLabels", () => {
  it("replaces all labels and moves only updatedAt", () =>
    withStore(async (store) => {
      const content = store.in("a");
      const digest = await put(content, Buffer.from("x"));
      const first = await content.stat(digest);
      await content.setLabels(digest, new Map([["a", "1"]]));
      const second = await content.setLabels(digest, new Map([["b", "2"]]));
      assert.deepEqual([...second.labels], [["b", "2"]]);
      assert.deepEqual(second.createdAt, first.createdAt);
      assert.ok(second.updatedAt >= first.updatedAt);
    }));

  it("rejects an unknown blob with not-found, and labels that are too long with invalid-argument", () =>
    withStore(async (store) => {
      await rejects(store.in("a").setLabels(digestOf("x"), new Map()), "not-found");
      const digest = await put(store.in("a"), Buffer.from("x"));
      await rejects(store.in("a").setLabels(digest, new Map([["", "v"]])), "invalid-argument");
    }));
});

describe("delete", () => {
  it("keeps the bytes until the last namespace lets go", () =>
    withStore(async (store, root) => {
      const digest = await put(store.in("a"), Buffer.from("shared"));
      await put(store.in("b"), Buffer.from("shared"));
      await store.in("a").delete(digest);
      await rejects(store.in("a").stat(digest), "not-found");
      assert.equal((await allBytes(store.in("b").read(digest))).toString(), "shared");
      await store.in("b").delete(digest);
      assert.equal(existsSync(blobPath(root, digest)), false);
    }));

  it("rejects an unknown blob with not-found", () =>
    withStore((store) => rejects(store.in("a").delete(digestOf("x")), "not-found").then(() => {})));

  it("never takes the bytes from somebody who commits them meanwhile", () =>
    withStore(async (store) => {
      const bytes = Buffer.from("contended");
      const digest = digestOf(bytes);
      for (let round = 0; round < 20; round++) {
        await put(store.in("a"), bytes, `a${round}`);
        await Promise.all([store.in("a").delete(digest), put(store.in("b"), bytes, `b${round}`)]);
        assert.deepEqual(await allBytes(store.in("b").read(digest)), bytes);
        await store.in("b").delete(digest);
      }
    }));
});

describe("walk", () => {
  it("shows a namespace's blobs ordered by digest, also when they are removed meanwhile", () =>
    withStore(async (store) => {
      const content = store.in("a");
      for (let index = 0; index < 300; index++) await put(content, Buffer.from(`blob ${index}`));
      await put(store.in("b"), Buffer.from("not mine"));
      const seen: string[] = [];
      for await (const { digest } of content.walk()) {
        seen.push(digest);
        await content.delete(digest);
      }
      assert.equal(seen.length, 300);
      assert.deepEqual(seen, seen.toSorted());
    }));
});

describe("readIngest", () => {
  it("gives what was written so far and keeps writers away meanwhile", () =>
    withStore(async (store) => {
      const content = store.in("a");
      const bytes = bytesOf(1_500_000);
      const writer = await content.openWriter("r");
      await writer.write(bytes);
      await rejects(allBytes(content.readIngest("r")), "unavailable");
      await writer.close();
      const reading = content.readIngest("r")[Symbol.asyncIterator]();
      const first = await reading.next();
      await rejects(content.openWriter("r"), "unavailable");
      await rejects(content.abort("r"), "unavailable");
      await reading.return?.();
      assert.deepEqual(digestOf(first.value ?? ""), digestOf(bytes.subarray(0, first.value?.length)));
      assert.deepEqual(await allBytes(content.readIngest("r")), bytes);
      await (await content.openWriter("r")).commit({ digest: digestOf(bytes) });
    }));

  it("rejects an unknown ref with not-found", () =>
    withStore(async (store) => {
      await rejects(allBytes(store.in("a").readIngest("r")), "not-found");
    }));
});

describe("abort", () => {
  it("forgets an ingest and its bytes", () =>
    withStore(async (store, root) => {
      const writer = await store.in("a").openWriter("r");
      await writer.write(Buffer.from("x"));
      await rejects(store.in("a").abort("r"), "unavailable");
      await writer.close();
      await store.in("a").abort("r");
      assert.deepEqual(await readdir(join(root, "ingest")), []);
      await rejects(store.in("a").abort("r"), "not-found");
    }));
});

describe("the order of a commit", () => {
  it("leaves a blob that is whole in the file system before its record is", () =>
    withStore(async (store, root) => {
      const digest = await put(store.in("a"), bytesOf(300_000));
      assert.equal(digestOf(await readFile(blobPath(root, digest))), digest);
    }));
});
