import assert from "node:assert/strict";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type TestTree, withTree } from "../../fixtures/apply-to-tree.ts";
import { rejects } from "../../fixtures/rejects.ts";
import { dir, file, hardlink, symlink, type TestEntry } from "../../fixtures/tar.ts";

/*
 * The attacks that containerd's archive tests are named after, in its order and under its names. Where that project
 * moves an escaping path back below the root, this one refuses the layer: both are safe, and a refusal is seen.
 */

interface Breakout {
  /** What is in the tree before. */
  readonly before?: (root: string) => void;
  readonly layer: readonly TestEntry[];
  /** Either the layer is refused with this message ... */
  readonly refused?: RegExp;
  /** ... or it is applied, and this holds. */
  readonly check?: (root: string) => void;
}

const inside = [dir("etc", 0o770), file("/etc/passwd", "inside")];
const climbsByName = /leaves the root through "\.\."/;
const climbsByLink = /a symbolic link on its way leaves the root/;

function etcBefore(passwd: string, more: (root: string) => void = () => {}): (root: string) => void {
  return (root) => {
    mkdirSync(join(root, "etc"));
    writeFileSync(join(root, "etc/passwd"), passwd);
    more(root);
  };
}

function isSameFile(root: string, first: string, second: string): void {
  const [a, b] = [lstatSync(join(root, first)), lstatSync(join(root, second))];
  assert.equal(a.ino, b.ino);
  assert.ok(a.isFile());
}

function contains(root: string, path: string, text: string): void {
  assert.equal(readFileSync(join(root, path), "utf8"), text);
}

const breakouts: Readonly<Record<string, Breakout>> = {
  SymlinkAbsolute: {
    layer: [dir("etc"), symlink("localetc", "/etc"), file("/localetc/unbroken", "unbroken")],
    check: (root) => contains(root, "etc/unbroken", "unbroken"),
  },
  SymlinkUpAndOut: {
    layer: [dir("etc"), dir("dummy"), symlink("localetc", "/dummy/../etc"), file("/localetc/unbroken", "unbroken")],
    check: (root) => contains(root, "etc/unbroken", "unbroken"),
  },
  SymlinkMultipleAbsolute: {
    layer: [
      dir("etc"),
      dir("dummy"),
      symlink("/dummy/etc", "/etc"),
      symlink("localetc", "/dummy/etc"),
      file("/localetc/unbroken", "unbroken"),
    ],
    check: (root) => contains(root, "etc/unbroken", "unbroken"),
  },
  SymlinkMultipleRelative: {
    layer: [
      dir("etc"),
      dir("dummy"),
      symlink("/dummy/etc", "/etc"),
      symlink("localetc", "./dummy/etc"),
      file("/localetc/unbroken", "unbroken"),
    ],
    check: (root) => contains(root, "etc/unbroken", "unbroken"),
  },
  SymlinkEmptyFile: {
    layer: [dir("etc"), file("etc/emptied", "notempty"), symlink("localetc", "/etc"), file("/localetc/emptied")],
    check: (root) => contains(root, "etc/emptied", ""),
  },
  HardlinkRelative: {
    layer: [
      ...inside,
      dir("breakouts"),
      symlink("breakouts/d1", "../../etc"),
      hardlink("breakouts/mypasswd", "/breakouts/d1/passwd"),
    ],
    refused: climbsByLink,
  },
  HardlinkDownAndOut: {
    layer: [
      ...inside,
      dir("breakouts"),
      dir("downandout"),
      symlink("breakouts/d1", "../downandout/../../etc"),
      hardlink("breakouts/mypasswd", "/breakouts/d1/passwd"),
    ],
    refused: climbsByLink,
  },
  HardlinkAbsolute: {
    layer: [...inside, symlink("localetc", "/etc"), hardlink("localpasswd", "/localetc/passwd")],
    check: (root) => isSameFile(root, "localpasswd", "etc/passwd"),
  },
  HardlinkRelativeLong: {
    layer: [...inside, symlink("localetc", "../../../../../../../etc"), hardlink("localpasswd", "/localetc/passwd")],
    refused: climbsByLink,
  },
  HardlinkRelativeUpAndOut: {
    layer: [...inside, symlink("localetc", "upandout/../../../etc"), hardlink("localpasswd", "/localetc/passwd")],
    refused: /is a hard link to "\/localetc\/passwd", which is not there/,
  },
  HardlinkDirectRelative: {
    layer: [...inside, hardlink("localpasswd", "../../../../../etc/passwd")],
    refused: climbsByName,
  },
  HardlinkDirectAbsolute: {
    layer: [...inside, hardlink("localpasswd", "/etc/passwd")],
    check: (root) => isSameFile(root, "localpasswd", "etc/passwd"),
  },
  SymlinkParentDirectory: {
    layer: [...inside, symlink("..", "/etc/"), hardlink("localpasswd", "/etc/passwd")],
    refused: climbsByName,
  },
  SymlinkEmptyFilename: {
    layer: [...inside, symlink("", "/etc/"), hardlink("localpasswd", "/etc/passwd")],
    refused: /a name must not be empty/,
  },
  SymlinkParentRelative: {
    layer: [...inside, symlink("localetc/sub/..", "/etc/"), hardlink("/localetc/localpasswd", "/etc/passwd")],
    check: (root) => isSameFile(root, "etc/localpasswd", "etc/passwd"),
  },
  SymlinkSlashEnded: {
    layer: [...inside, dir("localetc/", 0o770), hardlink("/localetc/localpasswd", "/etc/passwd")],
    check: (root) => isSameFile(root, "localetc/localpasswd", "etc/passwd"),
  },
  SymlinkOverrideDirectory: {
    before: etcBefore("inside", (root) => mkdirSync(join(root, "localetc"))),
    layer: [symlink("localetc", "/etc"), hardlink("/localetc/localpasswd", "/etc/passwd")],
    check: (root) => isSameFile(root, "etc/localpasswd", "etc/passwd"),
  },
  SymlinkOverrideDirectoryRelative: {
    before: etcBefore("inside", (root) => mkdirSync(join(root, "localetc"))),
    layer: [symlink("localetc", "../../etc"), hardlink("/localetc/localpasswd", "/etc/passwd")],
    refused: climbsByLink,
  },
  DirectoryOverrideSymlink: {
    before: etcBefore("inside", (root) => symlinkSync("/etc", join(root, "localetc"))),
    layer: [dir("/localetc/"), hardlink("/localetc/localpasswd", "/etc/passwd")],
    check: (root) => {
      isSameFile(root, "localetc/localpasswd", "etc/passwd");
      assert.equal(existsSync(join(root, "etc/localpasswd")), false);
    },
  },
  DirectoryOverrideSymlinkAndHardlink: {
    before: etcBefore("inside", (root) => {
      symlinkSync("etc", join(root, "localetc"));
      linkSync(join(root, "etc/passwd"), join(root, "localetc/localpasswd"));
    }),
    layer: [dir("/localetc/"), file("/localetc/localpasswd", "different")],
    check: (root) => {
      contains(root, "localetc/localpasswd", "different");
      contains(root, "etc/passwd", "inside");
    },
  },
  WhiteoutRootParent: {
    before: etcBefore("inside"),
    layer: [file(".wh...")],
    refused: /a whiteout must name a file/,
  },
  WhiteoutParent: {
    before: etcBefore("inside"),
    layer: [file("etc/.wh...")],
    refused: /a whiteout must name a file/,
  },
  WhiteoutRoot: {
    before: etcBefore("inside"),
    layer: [file(".wh..")],
    refused: /a whiteout must name a file/,
  },
  WhiteoutCurrentDirectory: {
    before: etcBefore("inside"),
    layer: [file("etc/.wh..")],
    refused: /a whiteout must name a file/,
  },
  WhiteoutSymlink: {
    before: etcBefore("all users", (root) => symlinkSync("/etc", join(root, "localetc"))),
    layer: [file(".wh.localetc")],
    check: (root) => {
      contains(root, "etc/passwd", "all users");
      assert.throws(() => lstatSync(join(root, "localetc")), { code: "ENOENT" });
    },
  },
  WhiteoutSymlinkPath: {
    before: etcBefore("all users", (root) => {
      writeFileSync(join(root, "etc/whitedout"), "gone");
      symlinkSync("/etc", join(root, "localetc"));
    }),
    layer: [file("localetc/.wh.whitedout")],
    check: (root) => {
      contains(root, "etc/passwd", "all users");
      assert.equal(existsSync(join(root, "etc/whitedout")), false);
    },
  },
  WhiteoutDirectoryName: {
    before: etcBefore("all users", (root) => symlinkSync("/etc", join(root, "localetc"))),
    layer: [file(".wh.etc/somefile", "non-empty")],
    check: (root) => {
      contains(root, "etc/passwd", "all users");
      contains(root, ".wh.etc/somefile", "non-empty");
    },
  },
  WhiteoutDeadSymlinkParent: {
    before: etcBefore("all users", (root) => symlinkSync("/dne", join(root, "localetc"))),
    layer: [file("localetc/.wh.etc")],
    check: (root) => contains(root, "etc/passwd", "all users"),
  },
  WhiteoutRelativePath: {
    before: etcBefore("all users", (root) => symlinkSync("/dne", join(root, "localetc"))),
    layer: [file("dne/../.wh.etc")],
    check: (root) => assert.equal(existsSync(join(root, "etc")), false),
  },
  SymlinkOverridePath: {
    layer: [dir("a"), file("a/file", "first"), symlink("a", "/etc"), file("a/passwd", "pwned")],
    refused: /a symbolic link on its way leads to "etc", which is not there/,
  },
  HardlinkSymlinkBeforeCreateTarget: {
    layer: [
      dir("etc", 0o770),
      symlink("localpasswd", "/etc/passwd"),
      hardlink("localpasswd-dup", "localpasswd"),
      file("/etc/passwd", "after"),
    ],
    check: (root) => {
      assert.equal(readlinkSync(join(root, "localpasswd-dup")), "/etc/passwd");
      contains(root, "etc/passwd", "after");
    },
  },
  HardlinkSymlinkRelative: {
    layer: [...inside, symlink("passwdlink", "../../../../../etc/passwd"), hardlink("localpasswd", "/passwdlink")],
    check: (root) => assert.equal(readlinkSync(join(root, "localpasswd")), "../../../../../etc/passwd"),
  },
  HardlinkSymlinkAbsolute: {
    layer: [...inside, symlink("passwdlink", "/etc/passwd"), hardlink("localpasswd", "/passwdlink")],
    check: (root) => assert.equal(readlinkSync(join(root, "localpasswd")), "/etc/passwd"),
  },
};

describe("applyLayer: breakouts", () => {
  for (const [name, breakout] of Object.entries(breakouts)) {
    const outcome = breakout.refused === undefined ? "stays inside" : "is refused with invalid-argument";
    it(`${name} ${outcome}`, () =>
      withTree(async ({ root, apply }) => {
        breakout.before?.(root);
        if (breakout.refused === undefined) await apply(breakout.layer);
        else await rejects(apply(breakout.layer), "invalid-argument", breakout.refused);
        breakout.check?.(root);
      }));
  }

  it("HardlinkSymlinkChmod reaches neither the link's target nor what has its name outside", () =>
    withTree(async ({ root, outside, apply }) => {
      const target = join(outside, "setuid");
      await apply([symlink("sketchy", target), { ...hardlink("sketchylink", "sketchy"), mode: 0o777 }]);
      assert.equal(readlinkSync(join(root, "sketchylink")), target);
    }));
});

describe("applyLayer: escapes to a real place outside", () => {
  const attacks: Readonly<Record<string, (tree: TestTree) => readonly TestEntry[]>> = {
    "a file through an absolute link": ({ outside }) => [symlink("x", outside), file("x/pwned", "pwned")],
    "a file through a relative link": () => [symlink("x", "../outside"), file("x/pwned", "pwned")],
    "a file over a linked one": ({ outside }) => [symlink("x", join(outside, "etc")), file("x/passwd", "pwned")],
    "a directory below a link": ({ outside }) => [symlink("x", outside), dir("x/new")],
    "a hard link to a file outside": ({ outside }) => [hardlink("x", join(outside, "etc/passwd"))],
    "a hard link through a link": ({ outside }) => [symlink("x", outside), hardlink("y", "x/etc/passwd")],
    "a hard link through a chain of links": () => [
      dir("a"),
      dir("a/b"),
      dir("a/b/c"),
      symlink("a/b/c/up", "../.."),
      symlink("a/b/escape", "c/up/../.."),
      hardlink("exfil", "a/b/escape/outside/etc/passwd"),
    ],
    "a symbolic link below a link": ({ outside }) => [symlink("x", outside), symlink("x/y", "z")],
    "a device below a link": ({ outside }) => [
      symlink("x", outside),
      { name: "x/null", type: "3", major: 1, minor: 3 },
    ],
    "a FIFO below a link": ({ outside }) => [symlink("x", outside), { name: "x/pipe", type: "6" }],
    "a name with ..": () => [file("../outside/pwned", "pwned")],
    "a name that climbs late": () => [dir("a"), file("a/b/../../../outside/pwned", "pwned")],
    "a link that replaces the directory it was in": ({ outside }) => [
      dir("d"),
      file("d/f", "fine"),
      symlink("d", outside),
      file("d/f", "pwned"),
    ],
    "a circle of links": () => [symlink("a", "b"), symlink("b", "a"), file("a/x", "lost")],
  };
  for (const [name, layer] of Object.entries(attacks)) {
    it(`refuses ${name} with invalid-argument`, () =>
      withTree(async (tree) => {
        const error = await rejects(tree.apply(layer(tree)), "invalid-argument", /^layer "sha256:.*entry "/);
        assert.equal(error.subject.type, "layer");
      }));
  }

  it("leaves everything outside alone when a whiteout is below a link", () =>
    withTree(async ({ outside, apply }) => {
      await apply([symlink("x", join(outside, "etc")), file("x/.wh.passwd"), file("x/.wh..wh..opq")]);
    }));

  it("takes a name behind a Windows drive for what it is on Linux", () =>
    withTree(async ({ root, apply }) => {
      await apply([file("C:..\\..\\x", "fine")]);
      contains(root, "C:..\\..\\x", "fine");
    }));
});
