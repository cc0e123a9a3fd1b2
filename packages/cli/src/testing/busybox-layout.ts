import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";

const busybox = "/bin/busybox";
const programs = "cat dd echo env false head hostname id ls ps pwd sh sleep touch trap true wc yes".split(" ");

/** How the image differs from the usual one. */
export interface LayoutOptions {
  /** Default: `docker.io/library/busybox:latest`. */
  readonly name?: string;
  /** Name of one more file in the layer. Default: none. */
  readonly furtherEntry?: string;
}

/** Writes an OCI image layout with one image, made of this host's static busybox. */
export async function writeBusyboxLayout(directory: string, options: LayoutOptions = {}): Promise<void> {
  const { name = "docker.io/library/busybox:latest", furtherEntry } = options;
  const blobs = path.join(directory, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const put = async (mediaType: string, bytes: Uint8Array) => {
    const hex = sha256(bytes);
    await writeFile(path.join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const tar = await layerTar(furtherEntry);
  const layer = await put("application/vnd.oci.image.layer.v1.tar+gzip", gzipSync(tar));
  const image = {
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    config: { Cmd: ["sh"], Env: ["PATH=/bin", "MADE=image"] },
    rootfs: { type: "layers", diff_ids: [`sha256:${sha256(tar)}`] },
  };
  const config = await put("application/vnd.oci.image.config.v1+json", json(image));
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = await put(mediaType, json({ schemaVersion: 2, mediaType, config, layers: [layer] }));
  const annotations = { "org.opencontainers.image.ref.name": name };
  await writeFile(path.join(directory, "oci-layout"), json({ imageLayoutVersion: "1.0.0" }));
  await writeFile(
    path.join(directory, "index.json"),
    json({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
}

async function layerTar(furtherEntry: string | undefined): Promise<Buffer> {
  const tar = pack();
  const common = { mtime: new Date(0), uid: 0, gid: 0 };
  for (const name of ["bin", "dev", "etc", "proc", "sys", "tmp"]) {
    tar.entry({ ...common, name: `${name}/`, type: "directory", mode: name === "tmp" ? 0o1777 : 0o755 });
  }
  tar.entry({ ...common, name: "bin/busybox", mode: 0o755 }, await readFile(busybox));
  for (const name of programs) {
    tar.entry({ ...common, name: `bin/${name}`, type: "symlink", linkname: "busybox" });
  }
  tar.entry({ ...common, name: "etc/passwd", mode: 0o644 }, "root:x:0:0::/:/bin/sh\nweb:x:1000:1000::/tmp:/bin/sh\n");
  tar.entry({ ...common, name: "etc/group", mode: 0o644 }, "root:x:0:\nweb:x:1000:\nlog:x:4:web\n");
  if (furtherEntry !== undefined) tar.entry({ ...common, name: furtherEntry }, "x");
  tar.finalize();
  return buffer(tar);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
