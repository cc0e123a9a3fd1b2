import type { Mount } from "@gantry/api";

/**
 * Returns mounts that show what those of a writable snapshot show, and refuse every write, so that they can be performed
 * beside the writable ones.
 *
 * An overlay's upper directory becomes the topmost of its lower ones: the kernel would share one upper directory between
 * two mounts only with undefined results, and keeps what whiteouts and opaque directories mean in every layer
 * (Documentation/filesystems/overlayfs.rst, "Multiple lower layers" and "Sharing and copying layers").
 */
export function readonlyMounts(mounts: readonly Mount[]): readonly Mount[] {
  return mounts.map((mount) => {
    const options = mount.type === "overlay" ? withoutUpper(mount.options) : mount.options;
    return { ...mount, options: [...options.filter((option) => option !== "rw" && option !== "ro"), "ro"] };
  });
}

function withoutUpper(options: readonly string[]): readonly string[] {
  const upper = optionValue(options, "upperdir=");
  if (upper === undefined) return options;
  const lower = optionValue(options, "lowerdir=");
  const layers = [asLayer(upper), ...(lower === undefined ? [] : [lower])].join(":");
  // `volatile` speaks of the upper directory alone.
  const rest = options.filter((option) => !/^(lowerdir|upperdir|workdir)=|^volatile$/.test(option));
  return [...rest, `lowerdir=${layers}`];
}

function optionValue(options: readonly string[], prefix: string): string | undefined {
  return options.find((option) => option.startsWith(prefix))?.slice(prefix.length);
}

/** A colon parts lower directories, and means nothing in the path of the upper one. */
function asLayer(upper: string): string {
  return upper.replaceAll(/\\.|:/gs, (token) => (token === ":" ? "\\:" : token));
}
