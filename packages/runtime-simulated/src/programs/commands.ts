import { type Program, type ProgramMemory, type Rest, success, type Turn } from "./program.ts";

const failure: Rest = { kind: "exit", status: 1 };
const flood = "0123456789abcde\n";
/** As much as a program writes at once. */
const chunkBytes = 65_536;

/** The programs that end in one turn, wait once, or copy; the shell is not among them. */
export const commands: Readonly<Record<string, Program>> = {
  true: () => success,
  false: () => failure,
  sleep: (turn, [seconds = ""], memory) => rest(turn, seconds, memory),
  echo: (turn, args) => printed(turn, `${args.join(" ")}\n`),
  hostname: (turn) => printed(turn, `${turn.hostname}\n`),
  ps: (turn) => printed(turn, table(turn)),
  cat: (turn, args) => (args.length === 0 ? copy(turn) : show(turn, args)),
  touch: (turn, args) => {
    for (const path of args) turn.touch(path);
    return success;
  },
  printenv: (turn, [name = ""]) => {
    const value = turn.env.get(name);
    return value === undefined ? failure : printed(turn, `${value}\n`);
  },
  // [ -e PATH ]
  "[": (turn, args) => {
    const [operator, path = "", end] = args;
    if (operator !== "-e" || end !== "]") return complain(turn, "[: the simulation knows [ -e PATH ] only");
    return turn.exists(path) ? success : failure;
  },
  // print STDOUT [STDERR [SECONDS]]: writes both as they are, and goes on for a while.
  print: (turn, [stdout = "", stderr = "", seconds = "0"], memory) => {
    if (memory.step === 0) {
      turn.print("stdout", stdout);
      turn.print("stderr", stderr);
    }
    return rest(turn, seconds, memory);
  },
  // flood BYTES: writes so many, in lines.
  flood: (turn, [bytes = "0"]) => {
    for (let left = Number(bytes); left > 0; left -= chunkBytes) {
      turn.print("stdout", flood.repeat(chunkBytes / flood.length).slice(0, left));
    }
    return success;
  },
};

/** Ends with 2, as programs do that were called wrongly. */
export function complain(turn: Turn, message: string): Rest {
  turn.print("stderr", `${message}\n`);
  return { kind: "exit", status: 2 };
}

/** Sleeps in the first turn, and ends in the second. */
function rest(turn: Turn, seconds: string, memory: ProgramMemory): Rest {
  const ms = Number(seconds) * 1000;
  if (seconds === "" || !(ms >= 0)) return complain(turn, `sleep: no number of seconds: ${JSON.stringify(seconds)}`);
  if (memory.step > 0 || ms === 0) return success;
  memory.step = 1;
  return { kind: "sleep", until: turn.now + ms };
}

function printed(turn: Turn, text: string): Rest {
  turn.print("stdout", text);
  return success;
}

function copy(turn: Turn): Rest {
  turn.print("stdout", turn.takeInput());
  return turn.isInputClosed ? success : { kind: "input" };
}

function show(turn: Turn, paths: readonly string[]): Rest {
  let outcome = success;
  for (const path of paths) {
    const bytes = turn.read(path);
    if (bytes !== null) {
      turn.print("stdout", bytes);
      continue;
    }
    turn.print("stderr", `cat: can't open '${path}': No such file or directory\n`);
    outcome = failure;
  }
  return outcome;
}

function table(turn: Turn): string {
  const rows = turn.processes().map(({ number, args }) => `${String(number).padStart(5)} root     ${args.join(" ")}`);
  return `${["  PID USER     COMMAND", ...rows].join("\n")}\n`;
}
