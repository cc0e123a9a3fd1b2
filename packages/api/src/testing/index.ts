// For those who run a suite.
export type { RuntimeModelOptions } from "./model/runtime-model.ts";
export { checkRuntimeModel } from "./model/runtime-model.ts";
export type { RegisterOptions } from "./node-test.ts";
export { registerSuite } from "./node-test.ts";
export type { RuntimeHarness, TestPipes, TestProgram } from "./runtime/harness.ts";
export { runtimeSuite } from "./runtime-suite.ts";
export type { SnapshotterHarness, XattrAccess } from "./snapshotter/harness.ts";
export { snapshotterSuite } from "./snapshotter-suite.ts";
// For those who test a suite: it must notice these.
export type { BrokenSnapshotter } from "./self/broken-snapshotters.ts";
export { brokenSnapshotters } from "./self/broken-snapshotters.ts";
// For those who write a suite.
export { exactlyOneResolves, rejectsWith } from "./assertions.ts";
export type { CaseContext, CaseGroup, CaseOutcome, Harness, Suite, SuiteCase } from "./suite.ts";
export { bindSuite, runCase } from "./suite.ts";
