import assert from "node:assert/strict";
import { chmod, mkdir, rename, symlink, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CaseContext, CaseGroup } from "../suite.ts";
import {
  commitTree,
  onXattrs,
  type SnapshotterHarness,
  type TreeHarness,
  viewTree,
  type XattrAccess,
} from "./harness.ts";

type XattrHarness = TreeHarness & { readonly xattrs: XattrAccess };

/** One attribute that a tree shall keep. */
interface Attribute {
  readonly name: string;
  readonly value: Uint8Array;
  /** The files of `makeBase` that can have it. */
  readonly on: readonly string[];
}

/** struct vfs_cap_data of linux/capability.h, revision 2: the effective bit, and CAP_NET_BIND_SERVICE permitted. */
const netBindService = Buffer.from("0100000200040000000000000000000000000000", "hex");

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);

export const xattrCases: CaseGroup<SnapshotterHarness> = {
  "attributes of users are kept over layers, and with the files that have them": keeps({
    name: "user.gantry.test",
    value: everyByte,
    // xattr(7): in the namespace "user" nothing else can have any.
    on: ["file", "directory"],
  }),

  "trusted attributes are kept over layers, and with the files that have them": keeps({
    name: "trusted.gantry.test",
    value: everyByte,
    on: ["file", "directory", "link"],
  }),

  "capabilities of programs are kept over layers, and with the files that have them": keeps({
    name: "security.capability",
    value: netBindService,
    on: ["file"],
  }),

  "an empty attribute is kept, and is not the same as none": onXattrs(async (harness, context) => {
    const { xattrs } = harness;
    const empty = { name: "user.empty", value: new Uint8Array(), on: ["file"] };
    if (await commitBase(harness, empty, context)) {
      await harness.withTree(await harness.snapshotter.prepare("key", "base"), async (root) => {
        assert.deepEqual(bytesOf(await xattrs.get(join(root, "file"), "user.empty")), []);
        assert.equal(await xattrs.get(join(root, "file"), "user.none"), null);
        assert.equal(await xattrs.get(join(root, "directory"), "user.empty"), null);
      });
    }
  }),

  "attributes that a child changes or adds reach neither its parent nor its siblings": onXattrs(
    async (harness, context) => {
      const { xattrs, snapshotter } = harness;
      const name = "user.gantry.test";
      const on = ["file", "directory"];
      if (!(await commitBase(harness, { name, value: Buffer.from("old"), on }, context))) {
        return;
      }
      const sibling = await snapshotter.prepare("sibling", "base");
      await commitTree(harness, "top", "base", async (root) => {
        for (const path of on) {
          await xattrs.set(join(root, path), name, Buffer.from("new"));
          await xattrs.set(join(root, path), "user.added", Buffer.from("x"));
        }
      });
      const see = (value: string, added: string | null) => async (root: string) => {
        for (const path of on) {
          assert.equal(text(await xattrs.get(join(root, path), name)), value);
          assert.equal(text(await xattrs.get(join(root, path), "user.added")), added);
        }
      };
      await viewTree(harness, "top", see("new", "x"));
      await viewTree(harness, "base", see("old", null));
      await harness.withTree(sibling, see("old", null));
    },
  ),
};

/** The case that `attribute` is there after three layers, of which the second changes the files and the third moves them. */
function keeps(attribute: Attribute) {
  return onXattrs(async (harness, context) => {
    if (!(await commitBase(harness, attribute, context))) {
      return;
    }
    const has = async (root: string, nameOf: (path: string) => string = (path) => path) => {
      for (const path of attribute.on) {
        const value = await harness.xattrs.get(join(root, nameOf(path)), attribute.name);
        assert.deepEqual(bytesOf(value), [...attribute.value], path);
      }
    };
    await viewTree(harness, "base", has);
    await commitTree(harness, "middle", "base", async (root) => {
      await has(root);
      await chmod(join(root, "file"), 0o700);
      await writeFile(join(root, "directory/inside"), "x");
      await has(root);
    });
    const moved = (path: string) => (path === "directory" ? path : `${path} moved`);
    await commitTree(harness, "top", "middle", async (root) => {
      await has(root);
      await rename(join(root, "file"), join(root, "file moved"));
      await rename(join(root, "link"), join(root, "link moved"));
      await unlink(join(root, "directory/inside"));
    });
    await viewTree(harness, "top", (root) => has(root, moved));
    await harness.withTree(await harness.snapshotter.prepare("key", "top"), (root) => has(root, moved));
  });
}

/** Commits `base`, whose files have `attribute`; gives `false` and skips the case where they cannot have it. */
async function commitBase(harness: XattrHarness, attribute: Attribute, context: CaseContext): Promise<boolean> {
  const { name, value, on } = attribute;
  let possible = true;
  await commitTree(harness, "base", null, async (root) => {
    await writeFile(join(root, "file"), "x");
    await mkdir(join(root, "directory"));
    await symlink("file", join(root, "link"));
    for (const path of on) {
      possible &&= await harness.xattrs.set(join(root, path), name, value);
    }
  });
  if (!possible) {
    context.skip(`no attribute like ${name} can be kept here`);
  }
  return possible;
}

function bytesOf(value: Uint8Array | null): readonly number[] | null {
  return value && [...value];
}

function text(value: Uint8Array | null): string | null {
  return value && Buffer.from(value).toString();
}
