import type { CommandModule } from "../command-module.ts";
import { containerInspect } from "./container-inspect.ts";

/** `gantry inspect`, which is what people type; the same as `gantry container inspect`. */
export const inspect: CommandModule = { ...containerInspect };
