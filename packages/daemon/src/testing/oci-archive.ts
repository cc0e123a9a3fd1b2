import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";

/** The same files shall make the same bytes, whenever they are packed. */
const fixed = { mtime: new Date(0) };

/** What an image for tests holds. */
export interface TestImage {
  readonly name: string;
  /** Files by path, executable. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Symbolic links by path. */
  readonly links?: Readonly<Record<string, string>>;
}

/** Returns an image of a static busybox with the commands that tests use. */
export function busyboxImage(name: string): TestImage {
  const files = { "bin/busybox": readFileSync("/usr/bin/busybox") };
  const commands = ["sh", "true", "echo", "sleep", "cat", "id", "ps", "kill", "hostname"];
  return { name, files, links: Object.fromEntries(commands.map((command) => [`bin/${command}`, "busybox"])) };
}

/** Packs an image of one layer as an OCI image layout, in a tar. */
export async function packImage(image: TestImage): Promise<Buffer> {
  const layer = await packLayer(image);
  const diffId = digestOf(layer);
  const config = json({
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    config: { Cmd: ["sh"], Env: ["PATH=/bin"] },
    rootfs: { type: "layers", diff_ids: [diffId] },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: descriptor("application/vnd.oci.image.config.v1+json", config),
    layers: [descriptor("application/vnd.oci.image.layer.v1.tar", layer)],
  });
  const annotations = { "org.opencontainers.image.ref.name": image.name };
  const entry = { ...descriptor("application/vnd.oci.image.manifest.v1+json", manifest), annotations };
  const archive = pack();
  archive.entry({ name: "oci-layout" }, json({ imageLayoutVersion: "1.0.0" }));
  archive.entry({ name: "index.json" }, json({ schemaVersion: 2, manifests: [entry] }));
  for (const blob of [layer, config, manifest]) {
    archive.entry({ name: `blobs/${digestOf(blob).replace(":", "/")}` }, blob);
  }
  archive.finalize();
  return buffer(archive);
}

/** Returns `sha256:HEX` of bytes. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function packLayer({ files, links = {} }: TestImage): Promise<Buffer> {
  const layer = pack();
  layer.entry({ ...fixed, name: "bin/", type: "directory", mode: 0o755 });
  for (const directory of ["proc", "dev", "sys", "tmp"])
    layer.entry({ ...fixed, name: `${directory}/`, type: "directory", mode: 0o755 });
  for (const [name, bytes] of Object.entries(files)) layer.entry({ ...fixed, name, mode: 0o755 }, Buffer.from(bytes));
  for (const [name, linkname] of Object.entries(links)) layer.entry({ ...fixed, name, type: "symlink", linkname });
  layer.finalize();
  return buffer(layer);
}

function descriptor(mediaType: string, bytes: Buffer) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
