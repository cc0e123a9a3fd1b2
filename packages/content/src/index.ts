// For programs that keep content and images.
export { type ImageOperationsOptions, createImageOperations } from "./image-operations.ts";
export { contentRegistration } from "./registration.ts";
export { openContentStore } from "./store/content-store.ts";
export { cleanUnpackLeftovers } from "./unpack/unpack-key.ts";
// For programs that unpack layers by themselves.
export { type ApplyLayerOptions, applyLayer } from "./apply/apply-layer.ts";
export type { AppliedLayer } from "./apply/apply-messages.ts";
export { defaultLayerLimits, type LayerLimits } from "./apply/layer-limits.ts";
export type { ArchiveLimits } from "./archive/archive-limits.ts";
