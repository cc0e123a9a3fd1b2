import type { Runtime } from "@gantry/api";
import { brokenCheckpoints } from "./broken-checkpoints.ts";
import { brokenExecs } from "./broken-execs.ts";
import { brokenLives } from "./broken-lives.ts";
import { brokenStreams } from "./broken-streams.ts";

/** A mistake that a runtime could make, as a change to a sound one. */
export interface BrokenRuntime {
  /** Gives `sound` the mistake. */
  readonly spoil: (sound: Runtime) => Runtime;
  /** Titles of cases that notice; each of them must fail. */
  readonly noticedBy: readonly string[];
}

/** Mistakes by what they are. They prove that the suite is strong enough to notice them. */
export const brokenRuntimes: Readonly<Record<string, BrokenRuntime>> = {
  ...brokenLives,
  ...brokenCheckpoints,
  ...brokenExecs,
  ...brokenStreams,
};
