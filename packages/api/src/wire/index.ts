// Turns the contracts' values into messages and back. Runs anywhere; for those who serve or call the API.
export { descriptorFromMessage, descriptorToMessage, platformFromMessage, platformToMessage } from "./descriptors.ts";
export { errorDetailFrom, kindOfStatusCode, operationErrorFrom, statusCodeOf } from "./errors.ts";
export { mountFromMessage, mountToMessage } from "./mounts.ts";
export {
  exitFromMessage,
  exitToMessage,
  outputFrameFromMessage,
  outputFrameToMessage,
  processStateFromMessage,
  processStateToMessage,
  stdioFromMessage,
  stdioToMessage,
} from "./processes.ts";
export { snapshotFromMessage, snapshotToMessage } from "./snapshots.ts";
export { statsFromMessage, statsToMessage } from "./stats.ts";
export { dateFromMessage, dateToMessage, labelsFromMessage, labelsToMessage } from "./values.ts";
