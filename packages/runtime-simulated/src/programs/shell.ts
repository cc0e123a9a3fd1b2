import { signalNumber } from "@gantry/api/kit";
import { freshMemory } from "../record.ts";
import { commands, complain } from "./commands.ts";
import type { Program, ProgramMemory, Rest, Turn } from "./program.ts";
import { compile, type Instruction, ScriptError, type Word } from "./script.ts";

/** After so many commands at once a script lets the others go on: it may be a loop that never waits. */
const commandsPerTurn = 1_000;

/** Returns the program of that name or path; `undefined` if the simulation has none. */
export function findProgram(name: string): Program | undefined {
  const known = name.replace(/^\/(?:usr\/)?s?bin\//, "");
  if (known === "sh") return shell;
  return Object.hasOwn(commands, known) ? commands[known] : undefined;
}

/** Names of all programs, for those who look for one that is not there. */
export function programNames(): readonly string[] {
  return ["sh", ...Object.keys(commands)];
}

/** `sh -c SCRIPT [NAME [ARGUMENT ...]]` */
function shell(turn: Turn, args: readonly string[], memory: ProgramMemory): Rest {
  const [option, script = "", ...positional] = args;
  if (option !== "-c") return complain(turn, "sh: the simulation knows sh -c SCRIPT only");
  try {
    return interpret(compile(script), turn, { positional, memory });
  } catch (error) {
    if (error instanceof ScriptError) return complain(turn, `sh: ${error.message}`);
    throw error;
  }
}

interface ShellState {
  readonly positional: readonly string[];
  readonly memory: ProgramMemory;
}

function interpret(code: readonly Instruction[], turn: Turn, state: ShellState): Rest {
  const { memory } = state;
  for (let count = 0; count < commandsPerTurn; count += 1) {
    const instruction = code[memory.step];
    if (instruction === undefined) return { kind: "exit", status: memory.status };
    if ("jump" in instruction) memory.step = instruction.jump;
    else if ("jumpOnSuccess" in instruction) {
      memory.step = memory.status === 0 ? instruction.jumpOnSuccess : memory.step + 1;
    } else {
      const rest = runCommand(instruction.run, turn, state);
      if (rest !== null) return rest;
      memory.inner = null;
      memory.step += 1;
    }
  }
  return { kind: "sleep", until: turn.now + 1 };
}

/** Runs a command or goes on with it; `null` once it has ended. */
function runCommand(words: readonly Word[], turn: Turn, state: ShellState): Rest | null {
  const { memory } = state;
  const [name = "", ...args] = words.map((word) => expand(word, turn, state));
  if (name === "exit") return { kind: "exit", status: Number(args[0] ?? memory.status) & 255 };
  if (name === "trap") {
    memory.status = trap(args, turn);
    return null;
  }
  const program = findProgram(name);
  if (program === undefined) {
    turn.print("stderr", `sh: ${name}: not found\n`);
    memory.status = 127;
    return null;
  }
  memory.inner ??= freshMemory();
  const rest = program(turn, args, memory.inner);
  if (rest.kind !== "exit") return rest;
  memory.status = rest.status;
  return null;
}

/** `trap '' SIGNAL ...`: ignores them. */
function trap(args: readonly string[], turn: Turn): number {
  const [action, ...signals] = args;
  if (action !== "") throw new ScriptError("trap: the simulation knows trap '' SIGNAL only");
  for (const signal of signals) turn.ignore(signalNumber(signal, { type: "process", id: "sh" }));
  return 0;
}

function expand(word: Word, turn: Turn, { positional, memory }: ShellState): string {
  const lookUp = (variable: string): string => {
    if (variable === "$") return String(turn.number);
    if (variable === "?") return String(memory.status);
    if (variable === "(hostname)") return turn.hostname;
    return (/^\d/.test(variable) ? positional[Number(variable)] : turn.env.get(variable)) ?? "";
  };
  return word.map((part) => ("text" in part ? part.text : lookUp(part.variable))).join("");
}
