// For those who write plug-ins, and for programs that embed them.
export type {
  ContentRegistration,
  ContentSubsystem,
  Opened,
  PluginContext,
  Registration,
  RuntimeRegistration,
  SnapshotterRegistration,
} from "../registration.ts";
export { defineContent, defineRuntime, defineSnapshotter } from "../registration.ts";
