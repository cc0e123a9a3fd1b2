/**
 * The tasks of this repository, as data: what each runs and which Debian packages it wants.
 *
 * `command` runs under the pinned Node with the repository's root as working directory; the caller's arguments follow.
 * `debian` names the packages wanted (`bootstrap/debian.mjs` says why); `needsDebian` is true where the task is
 * pointless without them, so that a machine that cannot have them ends the run instead of limiting it.
 */
const sources = "--conditions=gantry-source";
const runtime = ["runc", "conmon", "busybox-static"];
const suites = [...runtime, "crun", "btrfs-progs", "zfs-fuse", "strace"];
const tests = [...suites, "curl", "openssl", "chromium-headless-shell"];

export const tasks = Object.freeze({
  demo: {
    about: "run containers before your eyes, then remove everything; without root they are simulated",
    command: ["node", sources, "demo/main.ts"],
    debian: runtime,
  },
  start: {
    about: "run gantryd in the foreground, with defaults for trying it out",
    command: ["node", sources, "demo/start.ts"],
    debian: runtime,
  },
  gantry: { about: "the command line, from the sources", command: ["node", sources, "packages/cli/src/main.ts"] },
  test: {
    about: "run the tests of all packages, or of those named",
    command: ["node", "scripts/test.mjs"],
    debian: tests,
  },
  conformance: {
    about: "run every contract suite on every implementation, as a matrix",
    command: ["node", "scripts/conformance.mjs"],
    debian: suites,
  },
  bench: {
    about: "measure against the real peers",
    command: ["node", "scripts/bench.mjs"],
    debian: [...runtime, "containerd", "podman"],
    needsDebian: true,
  },
  check: {
    about: "types, format, lint, arrows, unused code, package shape, protos",
    command: ["node", "scripts/check.mjs"],
  },
  measure: { about: "figures about the code, held to a baseline", command: ["node", "scripts/measure.mjs"] },
  generate: { about: "regenerate code from the protos", command: ["turbo", "run", "generate"] },
  build: { about: "compile what is published", command: ["turbo", "run", "build"] },
  format: { about: "format and fix what can be fixed", command: ["biome", "check", "--write"] },
  all: { about: "check, test and conformance", command: ["node", "scripts/all.mjs"], debian: tests },
});

/** Whether `name` is a task. */
export function isTaskName(name) {
  return Object.hasOwn(tasks, name);
}

/** The tasks for a person to read, one a line. */
export function taskList() {
  return Object.entries(tasks)
    .map(([name, task]) => `  ${name.padEnd(12)} ${task.about}`)
    .join("\n");
}
