import type { ProgramMemory } from "./programs/program.ts";

/** All that there is of one simulated container, as JSON: whoever has it can let it go on. Times are in ms since 1970. */
export interface ContainerRecord {
  readonly namespace: string;
  readonly id: string;
  readonly createdAt: number;
  readonly hostname: string;
  /** Directory on the host whose files the programs can read; `null` where the root file system is no directory. */
  readonly root: string | null;
  /** Absolute paths of empty files that programs have made; nothing is written below `root`. */
  readonly files: string[];
  readonly limits: Limits;
  /** Directory of the checkpoint that the init process goes on from when it is started; absent for none. */
  readonly checkpoint?: string;
  isPaused: boolean;
  /** How often a program has had its turn: what the statistics are made of. */
  turns: number;
  /** The init process, then the execs in the order they were made. */
  readonly processes: ProcessRecord[];
}

/** Limits that are remembered and shown; `null` for none. Nothing enforces them. */
export interface Limits {
  memoryBytes: number | null;
  pids: number | null;
}

/** One process of a simulated container. */
export interface ProcessRecord {
  readonly id: string;
  args: readonly string[];
  env: readonly string[];
  cwd: string;
  readonly terminal: boolean;
  readonly keepsOutput: boolean;
  readonly hasInput: boolean;
  /** 0 until it has one. */
  pid: number;
  status: "created" | "running" | "stopped";
  exit: ExitRecord | null;
  memory: ProgramMemory;
  /** When its program goes on by itself; `null` while it does not. */
  wakeAt: number | null;
  awaitsInput: boolean;
  /** What was written to its standard input and not read yet, a character for each byte. */
  input: string;
  isInputClosed: boolean;
  /** Numbers of signals that the program ignores. */
  ignored: number[];
  /** Numbers of signals that came while it was paused. */
  readonly pending: number[];
  /** How many frames of its output count; a crash may leave more, which are written again. */
  frames: number;
}

/** How a process ended. */
export interface ExitRecord {
  readonly status: number;
  readonly at: number;
}

/** A piece of output. */
export interface Frame {
  readonly stream: "stdout" | "stderr";
  readonly data: Uint8Array;
  readonly at: number;
}

/** The state in which every program begins. */
export function freshMemory(): ProgramMemory {
  return { step: 0, status: 0, inner: null };
}
