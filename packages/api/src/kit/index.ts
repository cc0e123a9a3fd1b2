// For those who write a runtime.
export { createRuntime } from "./create-runtime.ts";
export type {
  Awaitable,
  ContainerDriver,
  DriverCreateRequest,
  DriverExecRequest,
  FoundContainer,
  ProcessDriver,
  RuntimeDriver,
} from "./driver.ts";
// What createRuntime is made of, for those who write the whole contract themselves.
export { checkProcess } from "./check-process.ts";
export { EventFeed } from "./event-feed.ts";
export type { PropertyRefusal } from "./require-property.ts";
export { requireProperty } from "./require-property.ts";
export type { StatusWish } from "./require-status.ts";
export { requireStatus, wrongStatus } from "./require-status.ts";
export { SerialQueue } from "./serial-queue.ts";
export { signalNumber } from "./signal-number.ts";
