import type { Host } from "./host.ts";
import { nodeFileLinks } from "./node-file-links.ts";
import { nodeFiles } from "./node-files.ts";
import { nodeMounts } from "./node-mounts.ts";
import { nodeOwners } from "./node-owners.ts";
import { nodeProcesses } from "./node-processes.ts";

/** The machine that this process runs on. */
export const nodeHost: Host = { ...nodeFiles, ...nodeFileLinks, ...nodeOwners, ...nodeProcesses, ...nodeMounts };
