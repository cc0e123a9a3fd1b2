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

/**
 * Writes an OCI image layout with one image, made from the host's statically linked busybox: a layer with the program
 * and a link for each of its applets, and a layer with /etc. The same busybox gives the same digests.
 *
 * @param directory - created; receives `oci-layout`, `index.json` and `blobs/`
 * @param name - `org.opencontainers.image.ref.name` of the image
 */
export async function writeBusyboxImage(directory: string, name: string): Promise<void> {
  await mkdir(join(directory, "blobs/sha256"), { recursive: true });
  const layers = [await programLayer(), await etcLayer()];
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

async function programLayer(): Promise<Buffer> {
  const { stdout } = await promisify(execFile)("/bin/busybox", ["--list"]);
  const archive = pack();
  for (const [directory, mode] of [
    ["bin", 0o755],
    ["proc", 0o755],
    ["sys", 0o755],
    ["dev", 0o755],
    ["tmp", 0o1777],
  ] as const) {
    archive.entry({ name: `${directory}/`, type: "directory", mode, mtime: epoch });
  }
  archive.entry({ name: "bin/busybox", mode: 0o755, mtime: epoch }, await readFile("/bin/busybox"));
  for (const applet of stdout.split("\n").filter((line) => line !== "" && line !== "busybox")) {
    archive.entry({ name: `bin/${applet}`, type: "symlink", linkname: "busybox", mtime: epoch });
  }
  archive.finalize();
  return buffer(archive);
}

async function etcLayer(): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: "etc/", type: "directory", mode: 0o755, mtime: epoch });
  archive.entry(
    { name: "etc/passwd", mtime: epoch },
    "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
  );
  archive.entry({ name: "etc/group", mtime: epoch }, "root:x:0:\nnogroup:x:65534:\n");
  archive.entry({ name: "etc/motd", mtime: epoch }, "a container of Gantry\n");
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
