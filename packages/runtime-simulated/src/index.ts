// For those who configure a daemon.
export { simulatedRuntime, simulatedRuntime as runtime } from "./registration.ts";
// For those who test what uses a runtime.
export { DirectoryHost } from "./directory-host.ts";
export type { ContainerName, HostEntry, Kept, SimulatedHost } from "./host.ts";
export { isSimulated, MemoryHost } from "./host.ts";
export { SimulatedRuntime } from "./runtime.ts";
