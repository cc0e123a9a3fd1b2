// Bundles the program of the package in the working directory, out of what was compiled, into bundle/: a few files in
// place of the hundreds that Node would look for one by one. Threads become files of their own beside it.
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/** What a bundle cannot hold: native code. */
const external = ["koffi"];
/** esbuild leaves `require` of Node's own modules to whoever runs the bundle, and a module has none. */
const banner = 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);';

/** Bundles `dist/main.js` of the package in `directory`, with the threads of all packages of ours that it depends on. */
export async function bundleProgram(directory) {
  const outdir = join(directory, "bundle");
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: directory,
    entryPoints: ["dist/main.js", ...threadsOf(directory)],
    entryNames: "[name]",
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22.18",
    external,
    banner: { js: banner },
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  });
  mkdirSync(outdir, { recursive: true });
  writeFileSync(join(outdir, "LICENSES.txt"), licensesOf(directory, Object.keys(metafile.inputs)));
}

/** The files that run as threads, as their names say; they find each other beside the module that starts them. */
function threadsOf(directory) {
  return packagesOf(directory).flatMap((found) =>
    globSync("dist/**/*-{worker,thread}.js", { cwd: found }).map((file) => join(found, file)),
  );
}

/** The package and those of ours that it depends on, however far. */
function packagesOf(directory, found = new Set()) {
  if (found.has(directory)) return [...found];
  found.add(directory);
  const { dependencies = {} } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  for (const name of Object.keys(dependencies)) {
    if (name.startsWith("@gantry/")) packagesOf(join(directory, "..", basename(name)), found);
  }
  return [...found];
}

/** The licenses of what was taken in from others, which ask for it. */
function licensesOf(directory, inputs) {
  const roots = new Set(inputs.map((input) => rootOf(resolve(directory, input))).filter((root) => root !== undefined));
  const texts = [...roots].sort().map((root) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const file = readdirSync(root).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? "" : `\n${readFileSync(join(root, file), "utf8")}`;
    return `${name} ${version} (${license})\n${text}`;
  });
  return `${texts.join("\n----\n\n")}\n`;
}

/** The directory of the package of others that a file belongs to. */
function rootOf(file) {
  const [, root] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
  return root !== undefined && existsSync(join(root, "package.json")) ? root : undefined;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await bundleProgram(process.cwd());
