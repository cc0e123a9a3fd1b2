/** What a program keeps between its turns, as JSON. */
export interface ProgramMemory {
  /** Where it goes on. */
  step: number;
  /** For a shell: how its last command ended. */
  status: number;
  /** For a shell: the memory of the command that it runs. */
  inner: ProgramMemory | null;
}

/** What a program sees and can do when it is its turn. */
export interface Turn {
  /** The simulated time, in ms since 1970. */
  readonly now: number;
  /** The number of its process, as seen in the container: 1 for the first. */
  readonly number: number;
  readonly hostname: string;
  readonly env: ReadonlyMap<string, string>;
  /** Whether nothing comes behind what {@link takeInput} gives. */
  readonly isInputClosed: boolean;
  /** Takes all that is there to be read. */
  takeInput(): Uint8Array;
  print(stream: "stdout" | "stderr", data: string | Uint8Array): void;
  /** Ignores a signal from now on. */
  ignore(signal: number): void;
  exists(path: string): boolean;
  /** Makes an empty file. */
  touch(path: string): void;
  /** The bytes of a file; `null` if there is none. */
  read(path: string): Uint8Array | null;
  /** The processes that run in the container. */
  processes(): readonly { readonly number: number; readonly args: readonly string[] }[];
}

/** What a program does when its turn is over: it has ended, or waits for a time or for input. */
export type Rest =
  | { readonly kind: "exit"; readonly status: number }
  | { readonly kind: "sleep"; readonly until: number }
  | { readonly kind: "input" };

/** A program: called for each of its turns, with its arguments (its own name not among them) and what it has kept. */
export type Program = (turn: Turn, args: readonly string[], memory: ProgramMemory) => Rest;

/** How a program ends well. */
export const success: Rest = { kind: "exit", status: 0 };
