import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { isOperationError } from "../errors.ts";
import { buildSpec } from "./build-spec.ts";
import type { ImageConfig } from "./image-config.ts";
import type { SpecOptions } from "./spec-options.ts";

const image: ImageConfig = {
  architecture: "amd64",
  os: "linux",
  config: { Entrypoint: ["/bin/server"], Cmd: ["--port", "80"], Env: ["PATH=/bin", "MODE=fast"], WorkingDir: "/srv" },
};

const programOnly: ImageConfig = { config: { Cmd: ["sh"] } };

describe("buildSpec", () => {
  it("builds the default spec of the golden file", () => {
    const golden = new URL("../../fixtures/default-spec.json", import.meta.url);
    const text = `${JSON.stringify(buildSpec({ architecture: "amd64", os: "linux", config: { Cmd: ["sh"] } }), null, 2)}\n`;
    if (process.env["GANTRY_UPDATE_GOLDEN"] === "1") {
      writeFileSync(golden, text);
    }
    // Every change of what containers may do by default shows in the review as a change of this file.
    assert.equal(text, readFileSync(golden, "utf8"), "GANTRY_UPDATE_GOLDEN=1 writes the file anew");
  });

  it("reads JSON text and its value alike", () => {
    assert.deepEqual(buildSpec(JSON.stringify(image)), buildSpec(image));
  });

  it("takes null for absent, as Go writes it", () => {
    const json =
      '{"os":"linux","config":{"User":"","Env":null,"Entrypoint":null,"Cmd":["sh"],"WorkingDir":"","Labels":null}}';
    assert.deepEqual(buildSpec(json).process?.args, ["sh"]);
  });
});

describe("buildSpec: the program", () => {
  const cases: readonly [string, ImageConfig, SpecOptions, readonly string[]][] = [
    ["is the image's entrypoint with its arguments", image, {}, ["/bin/server", "--port", "80"]],
    ["takes given arguments in place of the image's", image, { args: ["-h"] }, ["/bin/server", "-h"]],
    ["takes no arguments where an empty list is given", image, { args: [] }, ["/bin/server"]],
    ["drops the image's arguments with its entrypoint", image, { entrypoint: ["/bin/sh"] }, ["/bin/sh"]],
    ["lets an empty entrypoint stand for none", image, { entrypoint: [], args: ["/bin/ls"] }, ["/bin/ls"]],
  ];
  for (const [title, config, options, args] of cases) {
    it(title, () => {
      assert.deepEqual(buildSpec(config, options).process?.args, args);
    });
  }
});

describe("buildSpec: environment, user and place", () => {
  it("sets variables over those of the image, each once", () => {
    const { process } = buildSpec(image, {
      env: new Map([
        ["MODE", "slow=1"],
        ["__proto__", "x"],
      ]),
    });
    assert.deepEqual(process?.env, ["PATH=/bin", "MODE=slow=1", "__proto__=x"]);
  });

  it("gives a search path where the image has none", () => {
    const { process } = buildSpec(programOnly, { env: { A: "b" } });
    assert.deepEqual(process?.env, ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "A=b"]);
  });

  it("names a terminal's type only where there is a terminal", () => {
    assert.ok(buildSpec(programOnly, { terminal: true }).process?.env?.includes("TERM=xterm"));
    assert.equal(buildSpec(programOnly).process?.terminal, undefined);
  });

  it("leaves users to be looked up by the runtime", () => {
    assert.deepEqual(buildSpec(programOnly).process?.user, { username: "0" });
    assert.deepEqual(buildSpec({ config: { ...image.config, User: "www-data:adm" } }).process?.user, {
      username: "www-data:adm",
    });
    assert.deepEqual(buildSpec(image, { user: "1000:100" }).process?.user, { username: "1000:100" });
  });

  it("begins in the image's directory unless told otherwise", () => {
    assert.equal(buildSpec(programOnly).process?.cwd, "/");
    assert.equal(buildSpec(image).process?.cwd, "/srv");
    assert.equal(buildSpec(image, { cwd: "/tmp" }).process?.cwd, "/tmp");
  });
});

describe("buildSpec: isolation", () => {
  it("shares the host's network only when asked", () => {
    const types = (options: SpecOptions) => buildSpec(image, options).linux?.namespaces?.map(({ type }) => type);
    assert.deepEqual(types({}), ["cgroup", "ipc", "mount", "network", "pid", "uts"]);
    assert.deepEqual(types({ hostNetwork: true }), ["cgroup", "ipc", "mount", "pid", "uts"]);
  });

  it("gives no capability to programs that are run by inheritance", () => {
    for (const privileged of [false, true]) {
      const { capabilities } = buildSpec(image, { privileged }).process ?? {};
      assert.deepEqual(Object.keys(capabilities ?? {}).sort(), ["bounding", "effective", "permitted"]);
    }
  });

  it("adds and drops capabilities by name", () => {
    const { process } = buildSpec(image, { capabilities: { drop: ["all"], add: ["net_admin", "CAP_KILL"] } });
    assert.deepEqual(process?.capabilities?.bounding, ["CAP_KILL", "CAP_NET_ADMIN"]);
  });

  it("lets the image's labels become nothing", () => {
    const labels = { "containerd.io/restart.loguri": "binary:///bin/sh", "org.systemd.property.X": "1" };
    const labelled = buildSpec({ ...image, config: { ...image.config, Labels: labels } } as ImageConfig);
    assert.deepEqual(labelled, buildSpec(image));
  });

  it("drops seccomp, masks and device rules only where privilege is asked for", () => {
    const { linux, process } = buildSpec(image, { privileged: true });
    assert.equal(linux?.seccomp, undefined);
    assert.equal(linux?.maskedPaths, undefined);
    assert.deepEqual(linux?.resources?.devices, [{ allow: true, access: "rwm" }]);
    assert.equal(process?.noNewPrivileges, false);
    assert.equal(buildSpec(image, { seccomp: "unconfined" }).linux?.seccomp, undefined);
    assert.ok(buildSpec(image, { seccomp: "unconfined" }).linux?.maskedPaths);
  });

  it("puts own mounts behind the default ones, or in their place", () => {
    const mounts = [
      { destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["size=1g"] },
      { destination: "/data", type: "bind", source: "/srv/data", options: ["rbind", "ro"] },
    ];
    const built = buildSpec(image, { mounts }).mounts ?? [];
    assert.deepEqual(built.slice(-2), mounts);
    assert.equal(built.filter(({ destination }) => destination === "/dev/shm").length, 1);
  });
});

describe("buildSpec: limits", () => {
  it("writes them as the kernel counts", () => {
    const { linux } = buildSpec(image, { memoryBytes: 64n << 20n, cpus: 1.5, pidsLimit: 10 });
    assert.equal(linux?.resources?.memory?.limit, 67_108_864);
    assert.deepEqual(linux?.resources?.cpu, { quota: 150_000, period: 100_000 });
    assert.deepEqual(linux?.resources?.pids, { limit: 10 });
  });

  it("sets none that was not asked for", () => {
    assert.deepEqual(Object.keys(buildSpec(image).linux?.resources ?? {}), ["devices"]);
    assert.deepEqual(buildSpec(image, { openFiles: 9 }).process?.rlimits, [
      { type: "RLIMIT_NOFILE", soft: 9, hard: 9 },
    ]);
  });
});

describe("buildSpec: what it refuses", () => {
  const config = (process: object) => ({ config: { Cmd: ["sh"], ...process } }) as ImageConfig;
  const cases: readonly [string, string | ImageConfig, SpecOptions, string][] = [
    ["text that is no JSON", "{", {}, "image config"],
    ["JSON that is no object", "[]", {}, "image config"],
    ["a configuration that is no object", '{"config":[]}', {}, "config"],
    ["an image without a program", {}, {}, "process.args"],
    ["an empty program", config({ Cmd: [""] }), {}, "process.args"],
    ["arguments that are no list", config({ Cmd: "sh" }), {}, "config.Cmd"],
    ["an argument with NUL", config({}), { args: ["a", "b\0c"] }, "args[1]"],
    ["a variable without a value", config({ Env: ["A=1", "B"] }), {}, "config.Env[1]"],
    ["a variable without a name", config({}), { env: { "": "x" } }, "env."],
    ["a variable whose name holds another", config({}), { env: { "A=B": "x" } }, "env.A=B"],
    ["a relative directory of the image", config({ WorkingDir: "app" }), {}, "config.WorkingDir"],
    ["a relative directory", config({}), { cwd: "." }, "process.cwd"],
    ["a hostname beyond the kernel's limit", config({}), { hostname: "h".repeat(65) }, "hostname"],
    ["a mount on a relative path", config({}), { mounts: [{ destination: "data" }] }, "mounts[0].destination"],
    ["no memory at all", config({}), { memoryBytes: 0 }, "memoryBytes"],
    ["memory beyond exact numbers", config({}), { memoryBytes: 2n ** 60n }, "memoryBytes"],
    ["half a process", config({}), { pidsLimit: 0.5 }, "pidsLimit"],
    ["too small a share of a processor", config({}), { cpus: 0.001 }, "cpus"],
    ["what is no number of processors", config({}), { cpus: Number.NaN }, "cpus"],
    ["an unknown capability", config({}), { capabilities: { add: ["FLY"] } }, "capabilities.add"],
    ["an annotation without a name", config({}), { annotations: { "": "x" } }, "annotations."],
  ];
  for (const [title, source, options, property] of cases) {
    it(`rejects ${title} with invalid-argument`, () => {
      assert.throws(
        () => buildSpec(source, options),
        (error) =>
          isOperationError(error, "invalid-argument") && error.subject.type === "spec" && error.subject.id === property,
      );
    });
  }

  // CVE-2024-40635 and CVE-2026-46680: each of these became user 0 somewhere.
  for (const user of [
    "2147483648",
    "4294967296",
    "-1",
    "1e3",
    "0x0",
    "9".repeat(36),
    " 0",
    `0:${"9".repeat(36)}`,
    "a:b:c",
    "0:",
  ]) {
    it(`rejects the user ${JSON.stringify(user)} with invalid-argument`, () => {
      assert.throws(() => buildSpec(config({ User: user })), {
        kind: "invalid-argument",
        subject: { type: "spec", id: "config.User" },
      });
      assert.throws(() => buildSpec(config({}), { user }), { kind: "invalid-argument" });
    });
  }

  it("answers unimplemented for an image of another operating system", () => {
    assert.throws(() => buildSpec({ os: "windows", config: { Cmd: ["cmd"] } }), { kind: "unimplemented" });
  });
});
