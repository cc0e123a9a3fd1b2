import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { temporaryDirectory } from "../testing/test-daemon.ts";

const home = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, home), "utf8");
const run = promisify(execFile);

const service = read("systemd/gantryd.service");
const socket = read("systemd/gantryd.socket");
const manifest = read("smf/gantryd.xml");

describe("the unit files of systemd", () => {
  const noSystemd = existsSync("/usr/bin/systemd-analyze") ? false : "needs systemd-analyze";

  it("are what systemd understands", { skip: noSystemd, timeout: 60_000 }, async () => {
    const directory = temporaryDirectory();
    // There is no gantryd in the path of systemd here.
    writeFileSync(join(directory, "gantryd.service"), service.replace("ExecStart=gantryd", "ExecStart=/bin/true"));
    writeFileSync(join(directory, "gantryd.socket"), socket);
    const verify = () =>
      run("systemd-analyze", [
        "verify",
        "--man=no",
        join(directory, "gantryd.service"),
        join(directory, "gantryd.socket"),
      ]);
    const { stdout, stderr } = await verify();
    const ours = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("gantryd"));
    assert.deepEqual(ours, []);
    rmSync(directory, { recursive: true });
  });

  it("let containers live when the daemon ends, and watch over it", () => {
    const wanted = [
      "Type=notify",
      "KillMode=process",
      "Delegate=yes",
      "WatchdogSec=30",
      "RuntimeDirectoryPreserve=yes",
    ];
    for (const line of wanted) assert.ok(service.split("\n").includes(line), line);
  });

  it("have the directories and the socket where the daemon has them by itself", () => {
    assert.match(service, /^StateDirectory=gantry$/m);
    assert.match(service, /^RuntimeDirectory=gantry$/m);
    assert.match(socket, /^ListenStream=\/run\/gantry\/gantry\.sock$/m);
  });
});

describe("the manifest of SMF", () => {
  it("is well formed, as far as its tags go", () => {
    assert.deepEqual(mistakesOf(manifest), []);
    assert.deepEqual(mistakesOf(manifest.replace("</template>", "")), ["</service> ends <template>"]);
    assert.deepEqual(mistakesOf(manifest.replace('name="start"', "name=start")), ["exec_method has wrong attributes"]);
  });

  it("has the methods that a service needs", () => {
    const names = [...manifest.matchAll(/<exec_method [^>]*name="(\w+)"/g)].map(([, name]) => name);
    assert.deepEqual(names.sort(), ["refresh", "start", "stop"]);
  });
});

describe("how service managers start gantryd", () => {
  it("names flags that there are, and the package has the files", { timeout: 60_000 }, async () => {
    const main = fileURLToPath(new URL("src/main.ts", home));
    const { stdout } = await run(process.execPath, [...process.execArgv, main, "--help"]);
    const starts = [...service.matchAll(/^ExecStart=(.*)$/gm), ...manifest.matchAll(/exec="(.*gantryd.*?)"/g)];
    assert.equal(starts.length, 2);
    const flags = starts.flatMap(([, command = ""]) => command.split(" ").filter((word) => word.startsWith("--")));
    assert.deepEqual(flags, ["--state"]);
    for (const flag of flags) assert.match(stdout, new RegExp(`^ +${flag} <`, "m"));
    const { files }: { files: readonly string[] } = JSON.parse(read("package.json"));
    for (const directory of ["systemd", "smf"]) assert.ok(files.includes(directory));
  });
});

/** Looks at the tags of an XML text: each ended, in the right order, with attributes in quotes. */
function mistakesOf(xml: string): readonly string[] {
  const mistakes: string[] = [];
  const open: string[] = [];
  const tags = xml.replaceAll(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!DOCTYPE[^>]*>/g, "").matchAll(/<([^>]*)>/g);
  for (const [, tag = ""] of tags) {
    const [, ends, name = "", attributes = "", isEmpty] = /^(\/?)([\w-]+)([\s\S]*?)(\/?)$/.exec(tag) ?? [];
    if (ends === "/") {
      const begun = open.pop();
      if (begun !== name) return [...mistakes, `</${name}> ends <${begun}>`];
      continue;
    }
    if (!/^(\s+[\w:-]+="[^"<&]*")*\s*$/.test(attributes)) mistakes.push(`${name} has wrong attributes`);
    if (isEmpty !== "/") open.push(name);
  }
  return [...mistakes, ...open.map((name) => `<${name}> does not end`)];
}
