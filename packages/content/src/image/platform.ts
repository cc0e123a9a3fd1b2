import type { Platform } from "@gantry/api/content";

/** Node's names for what Go, and so the OCI image specification (image-index.md), calls otherwise. */
const architectures: ReadonlyMap<string, string> = new Map([
  ["x64", "amd64"],
  ["ia32", "386"],
  ["x86_64", "amd64"],
  ["x86-64", "amd64"],
  ["aarch64", "arm64"],
  ["armhf", "arm"],
  ["mipsel", "mipsle"],
  ["ppc64", "ppc64le"],
]);

/** The platform of this host. */
export function hostPlatform(): Platform {
  const os = process.platform === "win32" ? "windows" : process.platform === "sunos" ? "solaris" : process.platform;
  return { os, architecture: architectures.get(process.arch) ?? process.arch };
}

/** A platform for a person to read, such as `linux/arm/v7`. */
export function platformText({ os, architecture, variant }: Platform): string {
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/**
 * How well what is offered runs on what is wanted: 0 for exactly that, more for older variants of it, `undefined` for
 * what does not run there.
 */
export function platformDistance(offered: Platform, wanted: Platform): number | undefined {
  if (offered.os !== wanted.os) return undefined;
  if (architectureOf(offered) !== architectureOf(wanted)) return undefined;
  const distance = variantNumber(wanted) - variantNumber(offered);
  // Each variant of arm and amd64 runs what was built for those before it.
  return distance >= 0 ? distance : undefined;
}

function architectureOf({ architecture }: Platform): string {
  return architectures.get(architecture) ?? architecture;
}

/** Where a platform has no variant, it is what the specification's examples and all tools mean: v1, v7 and v8. */
const usualVariants: ReadonlyMap<string, number> = new Map([
  ["amd64", 1],
  ["arm", 7],
  ["arm64", 8],
]);

function variantNumber(platform: Platform): number {
  const match = /^v?([0-9]{1,3})/.exec(platform.variant ?? "");
  if (match?.[1] !== undefined) return Number(match[1]);
  return usualVariants.get(architectureOf(platform)) ?? 0;
}
