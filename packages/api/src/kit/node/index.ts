// For Node: it reads and writes files. What tells processes apart needs Linux.
export type { KeptFrame } from "./frame-log.ts";
export { appendFrame, readFrames } from "./frame-log.ts";
export { readJson, writeJson } from "./json-file.ts";
export type { Identity } from "./host-identity.ts";
export { identityOf, isAlive, sendSignal } from "./host-identity.ts";
