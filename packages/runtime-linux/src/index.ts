export type { LinuxRuntimeOptions } from "./options.ts";
export { linuxRuntime, linuxRuntime as runtime } from "./registration.ts";
