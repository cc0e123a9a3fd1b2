import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, it } from "node:test";
import { type Criu, criuEnv, criuErrors, findCriu, noCriu } from "./criu.ts";
import { nodeHost } from "./host-node.ts";
import { testDirectory } from "./testing/directory.ts";

const root = testDirectory();
const runc = { path: "/usr/sbin/runc", name: "runc", version: "1.1.5" };
let count = 0;

describe("findCriu", () => {
  let directory: string;
  let path: string;

  beforeEach(() => {
    count += 1;
    directory = join(root, String(count));
    mkdirSync(directory);
    path = join(directory, "criu");
  });

  /** A program that says that it is CRIU, notes that it was asked, and then does what `check` says. */
  function makeCriu(check: string): void {
    const lines = ["#!/bin/sh", `echo "$1" >>${directory}/asked`, '[ "$1" = check ] || { echo Version: 4.1.1; exit; }'];
    writeFileSync(path, [...lines, check, ""].join("\n"));
    chmodSync(path, 0o755);
  }

  const find = (options: object = {}, oci: typeof runc = runc): Promise<Criu> =>
    findCriu(nodeHost, { program: path, environment: {}, ...options }, { oci, answers: join(directory, "answers") });
  const asked = () => (existsSync(join(directory, "asked")) ? readFileSync(join(directory, "asked"), "utf8") : "");

  async function reasonOf(found: Promise<Criu>): Promise<string> {
    const criu = await found;
    return criu.path === null ? criu.reason : assert.fail(`there is ${criu.path}`);
  }

  it("finds one that says that it works, and its version", async () => {
    makeCriu("echo Looks good.");
    const environment = { CRIU_FAULT: "130" };
    assert.deepEqual(await find({ environment }), { path, version: "4.1.1", environment });
  });

  it("asks it with the environment of the options", async () => {
    makeCriu('[ "$CRIU_FAULT" = 130 ]');
    assert.equal((await find({ environment: { CRIU_FAULT: "130" } })).path, path);
    assert.match(await reasonOf(find()), /criu check: ended with status 1$/);
  });

  it("asks once, until the program or the options change", async () => {
    makeCriu("exit 0");
    const first = await find();
    assert.deepEqual(await find(), first);
    assert.equal(asked(), "--version\ncheck\n");
    await find({ environment: { A: "1" } });
    makeCriu("exit 1 # another file");
    assert.match(await reasonOf(find({ environment: { A: "1" } })), /ended with status 1/);
    assert.match(await reasonOf(find({ environment: { A: "1" } })), /ended with status 1/);
    assert.equal(asked(), "--version\ncheck\n".repeat(3));
  });

  it("asks again where the answer cannot be read", async () => {
    makeCriu("exit 0");
    for (const text of ["", "[]", '{"asked":']) {
      writeFileSync(join(directory, "answers"), text);
      assert.equal((await find()).path, path);
    }
    assert.equal(asked(), "--version\ncheck\n".repeat(3));
  });

  it("says why there is none: what the check says, first of all", async () => {
    makeCriu(`echo "Error (criu/vdso.c:1): vdso: Unexpected rt vDSO area bounds." >&2; exit 1`);
    assert.equal(await reasonOf(find()), `${path} check: vdso: Unexpected rt vDSO area bounds`);
  });

  it("says why there is none: another program", async () => {
    writeFileSync(path, "#!/bin/sh\necho hello\n");
    chmodSync(path, 0o755);
    assert.match(await reasonOf(find()), /tells no version/);
  });

  it("says why there is none: a program that cannot be run", async () => {
    writeFileSync(path, "");
    assert.match(await reasonOf(find()), /criu check: .*cannot run|criu check: /);
  });

  it("says why there is none: where it was looked for", async () => {
    assert.equal(await reasonOf(find()), `${path} was looked for at ${path}`);
    assert.match(await reasonOf(find({ program: "criu-of-nobody" })), /\/usr\/sbin\/criu-of-nobody/);
  });

  it("says why there is none: an OCI runtime that is not known to make them, without asking", async () => {
    makeCriu("exit 0");
    assert.match(await reasonOf(find({}, { ...runc, name: "crun" })), /runc, and the OCI runtime is crun$/);
    assert.equal(asked(), "");
  });
});

describe("criuEnv", () => {
  it("has the OCI runtime find this criu before all others, and hands the variables on", () => {
    const { PATH, CRIU_FAULT } = criuEnv({ path: "/opt/criu", version: "4", environment: { CRIU_FAULT: "130" } });
    assert.match(PATH ?? "", /^\/opt:\/usr\/local\/sbin:/);
    assert.equal(CRIU_FAULT, "130");
  });
});

describe("criuErrors", () => {
  it("finds the errors of a log, but none that CRIU goes on with, and not all of many", () => {
    const log = [
      "(00.045124) Error (criu/util.c:1533): rlimit: Can't setup RLIMIT_NOFILE for self: Operation not permitted",
      "(00.050000) Warn  (criu/mount.c:1263): mnt: Can't create a temporary directory",
      "(00.157316) Error (criu/files-reg.c:1790): Can't lookup mount=26 for fd=0 path=/stdin",
      'Error (criu/util.c:641): execvp("iptables-restore", ...) failed: No such file or directory',
      "(00.157333) Error (criu/cr-dump.c:1681): Dump files (pid: 13847) failed with -1",
      "(00.158262) Error (criu/cr-dump.c:2111): Dumping FAILED.",
    ];
    assert.equal(
      criuErrors(log.join("\n")),
      "Can't lookup mount=26 for fd=0 path=/stdin; " +
        'execvp("iptables-restore", ...) failed: No such file or directory; Dump files (pid: 13847) failed with -1',
    );
  });

  it("finds nothing in a log without any, and cuts off what is long", () => {
    assert.equal(criuErrors("(00.1) Warn (a): b"), null);
    assert.equal(criuErrors(`Error (a): ${"x".repeat(5000)}`)?.length, 300);
  });
});

describe("noCriu", () => {
  it("says what is missing", () => {
    const error = noCriu("criu was looked for at /usr/sbin/criu");
    assert.equal(error.kind, "unimplemented");
    assert.match(error.detail, /need CRIU: criu was looked for/);
  });
});
