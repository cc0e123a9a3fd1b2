import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { conmonArguments, hasStdin, type MonitoredProcess } from "./conmon.ts";
import { nodeHost } from "./host-node.ts";
import { defaultDeadlines, OciRuntime } from "./oci-runtime.ts";
import { ProcessFiles } from "./process-files.ts";

const oci = new OciRuntime({
  host: nodeHost,
  program: "/usr/sbin/runc",
  root: "/state/oci",
  deadlines: defaultDeadlines,
});
const process: MonitoredProcess = {
  files: new ProcessFiles("/state/bundles/n+c", "n+c"),
  ociId: "n+c",
  stdio: { kind: "log" },
  terminal: false,
  verb: "create",
  logBytes: 0,
};
const argumentsOf = (change: Partial<MonitoredProcess>) => conmonArguments({ ...process, ...change }, oci);

describe("conmonArguments", () => {
  it("names the log without its directory, since a colon in that would be taken for a separator", () => {
    assert.ok(argumentsOf({}).includes("--log-path=k8s-file:log"));
    assert.ok(argumentsOf({ stdio: { kind: "none" } }).includes("--log-path=none"));
    assert.ok(argumentsOf({ stdio: { kind: "pipes" } }).includes("--log-path=passthrough"));
  });

  it("limits a file of the log to half of what is kept, and no other output", () => {
    const limits = (change: Partial<MonitoredProcess>) => argumentsOf(change).filter((one) => one.includes("size-max"));
    assert.deepEqual(limits({ logBytes: 5_000_001 }), ["--log-size-max=2500000"]);
    assert.deepEqual(limits({ logBytes: 0 }), []);
    assert.deepEqual(limits({ logBytes: 5_000_000, stdio: { kind: "none" } }), []);
  });

  it("gives the OCI runtime its own directory and a log of JSON", () => {
    const args = argumentsOf({});
    assert.ok(args.includes("--runtime=/usr/sbin/runc"));
    assert.deepEqual(args.slice(-3), [
      "--runtime-arg=--root=/state/oci",
      "--runtime-arg=--log=/state/bundles/n+c/oci.log",
      "--runtime-arg=--log-format=json",
    ]);
  });

  it("has the OCI runtime read from a FIFO where there is input", () => {
    const args = argumentsOf({ stdio: { kind: "log", stdin: true } });
    assert.ok(args.includes("--runtime=/bin/sh"));
    assert.ok(args.includes("--runtime-arg=/state/bundles/n+c/stdin"));
    assert.ok(args.indexOf("--runtime-arg=/usr/sbin/runc") < args.indexOf("--runtime-arg=--root=/state/oci"));
    assert.equal(args.includes("--stdin"), false);
  });

  it("leaves input to conmon where there is a terminal, open after whoever writes has gone", () => {
    const args = argumentsOf({ stdio: { kind: "log", stdin: true }, terminal: true });
    for (const option of ["--terminal", "--stdin", "--leave-stdin-open", "--runtime=/usr/sbin/runc"])
      assert.ok(args.includes(option), option);
  });

  it("names the process for an exec", () => {
    const args = argumentsOf({ verb: "exec" });
    assert.ok(args.includes("--exec") && args.includes("--exec-process-spec=/state/bundles/n+c/process.json"));
  });

  it("begins every argument with an option, so that no id is taken for one", () => {
    for (const argument of argumentsOf({ verb: "exec", terminal: true })) assert.match(argument, /^--[a-z-]+(=|$)/);
  });
});

describe("hasStdin", () => {
  it("is true for a log with input alone", () => {
    assert.equal(hasStdin({ kind: "log", stdin: true }), true);
    for (const stdio of [{ kind: "log" }, { kind: "none" }, { kind: "pipes", stdin: "/x" }] as const)
      assert.equal(hasStdin(stdio), false);
  });

  it("has a checkpoint restored from its own place, with logs where we look for them", () => {
    const restore = { images: "/images", work: "/state/work", env: {} };
    const args = argumentsOf({ verb: "restore", restore });
    assert.deepEqual(
      args.filter((one) => /^--(?:restore|runtime-opt|exec)/.test(one)),
      ["--restore=/images", "--runtime-opt=--work-path=/state/work"],
    );
    assert.ok(!argumentsOf({}).some((one) => one.startsWith("--restore")));
  });
});
