/** Media types of the OCI image specification (media-types.md) that we write. */
export const ociManifest = "application/vnd.oci.image.manifest.v1+json";
export const ociConfig = "application/vnd.oci.image.config.v1+json";
export const ociLayer = "application/vnd.oci.image.layer.v1.tar";

/** What a document is, as far as its media type tells. */
export type DocumentKind = "index" | "manifest";

const kinds: ReadonlyMap<string, DocumentKind> = new Map([
  ["application/vnd.oci.image.index.v1+json", "index"],
  ["application/vnd.docker.distribution.manifest.list.v2+json", "index"],
  [ociManifest, "manifest"],
  ["application/vnd.docker.distribution.manifest.v2+json", "manifest"],
]);

const layerPattern =
  /^application\/vnd\.(?:oci\.image\.layer\.(?:nondistributable\.)?v1\.tar(?:\+gzip|\+zstd)?|docker\.image\.rootfs\.(?:foreign\.)?diff\.tar(?:\.gzip|\.zstd)?)$/;

/** What a media type says a document is; `undefined` for everything that is neither index nor manifest. */
export function documentKind(mediaType: string): DocumentKind | undefined {
  return kinds.get(mediaType);
}

/** Whether a media type is of a layer that can be applied. How it is compressed, its bytes say. */
export function isLayer(mediaType: string): boolean {
  return layerPattern.test(mediaType);
}

/** Whether a layer may be absent from an archive, since its licence keeps it where it is. */
export function isForeignLayer(mediaType: string): boolean {
  return /\.(?:nondistributable|foreign)\./.test(mediaType);
}
