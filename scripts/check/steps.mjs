/** The quality gates by name: each `run` resolves with `{ ok, output }`. Cheap ones first. */
import { existsSync } from "node:fs";
import path from "node:path";
import { inRoot } from "../bootstrap/root.mjs";
import { workspacePackages } from "../workspace.mjs";
import { checkChangesets } from "./changesets.mjs";
import { checkEach, command } from "./command.mjs";
import { checkGenerated } from "./generated.mjs";
import { checkPackageShapes } from "./package-shape.mjs";

const api = inRoot("packages", "api");

export const steps = Object.freeze({
  lint: {
    about: "format and lint (biome)",
    run: () => command("biome", ["ci", "--diagnostic-level=warn", "--max-diagnostics=200", "--colors=off"]),
  },
  arrows: { about: "who imports whom", run: () => command("node", ["scripts/check-arrows.mjs"]) },
  types: { about: "type check of every package (tsc)", run: checkTypes },
  unused: {
    about: "unused files, exports and dependencies (knip)",
    run: () => command("knip", ["--no-progress", "--no-config-hints"]),
  },
  proto: {
    about: "proto lint (buf)",
    run: () => command(path.join(api, "node_modules", ".bin", "buf"), ["lint"], { cwd: api }),
  },
  generated: { about: "generated code is what the protos say", run: checkGenerated },
  changesets: { about: "changesets name packages of the workspace", run: checkChangesets },
  measure: { about: "figures no worse than accepted", run: () => command("node", ["scripts/measure.mjs", "--check"]) },
  shape: { about: "package shape (publint, attw on what would be published)", run: checkPackageShapes },
});

function checkTypes() {
  const directories = [inRoot(), ...workspacePackages().map(({ directory }) => directory)];
  const projects = directories
    .map((directory) => path.join(directory, "tsconfig.json"))
    .filter((file) => existsSync(file));
  return checkEach(projects, (project) => command("tsc", ["-p", project, "--pretty", "false"]));
}
