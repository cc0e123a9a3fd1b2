import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";

const epoch = new Date(0);
const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** What an image is for. */
export interface ImageOptions {
  /**
   * Whether nothing will ever run in it. Then a text stands in the program's place, so that the host needs no busybox, and
   * the files belong to whoever writes the image, who can unpack it without being root. Default: false.
   */
  readonly simulated?: boolean;
}

/**
 * Writes an OCI image layout with one image, made from the host's statically linked busybox: a layer with the program
 * and a link for each of its applets, and a layer with /etc. The same busybox gives the same digests.
 *
 * @param directory - created; receives `oci-layout`, `index.json` and `blobs/`
 * @param name - `org.opencontainers.image.ref.name` of the image
 */
export async function writeBusyboxImage(directory: string, name: string, options: ImageOptions = {}): Promise<void> {
  await mkdir(join(directory, "blobs/sha256"), { recursive: true });
  const owner = options.simulated ? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 } : { uid: 0, gid: 0 };
  const program = options.simulated ? placeholder : await hostProgram();
  const layers = [await programLayer(program, owner), await etcLayer(owner)];
  const blobs: Blob[] = [];
  for (const layer of layers) {
    blobs.push(await writeBlob(directory, "application/vnd.oci.image.layer.v1.tar+gzip", gzipSync(layer)));
  }
  const config = await writeJson(directory, "application/vnd.oci.image.config.v1+json", {
    architecture: architectures[process.arch] ?? process.arch,
    os: "linux",
    config: { Env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], Cmd: ["sh"], WorkingDir: "/" },
    rootfs: { type: "layers", diff_ids: layers.map(sha256) },
  });
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = await writeJson(directory, mediaType, { schemaVersion: 2, mediaType, config, layers: blobs });
  const annotations = { "org.opencontainers.image.ref.name": name };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
  await writeFile(join(directory, "index.json"), JSON.stringify(index));
  await writeFile(join(directory, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
}

interface Program {
  readonly bytes: Buffer;
  readonly applets: readonly string[];
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const placeholder: Program = {
  bytes: Buffer.from("stands for busybox: this image is for simulated containers\n"),
  applets: ["sh", "cat", "echo", "ps", "sleep", "touch"],
};

async function hostProgram(): Promise<Program> {
  const { stdout } = await promisify(execFile)("/bin/busybox", ["--list"]);
  const applets = stdout.split("\n").filter((line) => line !== "" && line !== "busybox");
  return { bytes: await readFile("/bin/busybox"), applets };
}

async function programLayer({ bytes, applets }: Program, owner: Owner): Promise<Buffer> {
  const archive = pack();
  const common = { ...owner, mtime: epoch };
  for (const [directory, mode] of [
    ["bin", 0o755],
    ["proc", 0o755],
    ["sys", 0o755],
    ["dev", 0o755],
    ["tmp", 0o1777],
  ] as const) {
    archive.entry({ ...common, name: `${directory}/`, type: "directory", mode });
  }
  archive.entry({ ...common, name: "bin/busybox", mode: 0o755 }, bytes);
  for (const applet of applets) {
    archive.entry({ ...common, name: `bin/${applet}`, type: "symlink", linkname: "busybox" });
  }
  archive.finalize();
  return buffer(archive);
}

async function etcLayer(owner: Owner): Promise<Buffer> {
  const archive = pack();
  const common = { ...owner, mtime: epoch };
  archive.entry({ ...common, name: "etc/", type: "directory", mode: 0o755 });
  archive.entry(
    { ...common, name: "etc/passwd" },
    "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
  );
  archive.entry({ ...common, name: "etc/group" }, "root:x:0:\nnogroup:x:65534:\n");
  archive.entry({ ...common, name: "etc/motd" }, "a container of Gantry\n");
  archive.finalize();
  return buffer(archive);
}

function writeJson(directory: string, mediaType: string, value: unknown): Promise<Blob> {
  return writeBlob(directory, mediaType, Buffer.from(JSON.stringify(value)));
}

async function writeBlob(directory: string, mediaType: string, bytes: Buffer): Promise<Blob> {
  const digest = sha256(bytes);
  await writeFile(join(directory, "blobs/sha256", digest.slice("sha256:".length)), bytes);
  return { mediaType, digest, size: bytes.length };
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
