/** A piece of a word: text as it is, or the name of what stands in its place. */
export type Part = { readonly text: string } | { readonly variable: string };

/** A word of a command. */
export type Word = readonly Part[];

/** What a script is made of: run a command, or go on elsewhere, always or if the last command ended with 0. */
export type Instruction =
  | { readonly run: readonly Word[] }
  | { readonly jump: number }
  | { readonly jumpOnSuccess: number };

/** What the simulated shell does not know. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
}

/**
 * Reads a script: commands between `;` or newlines, `'...'`, `"..."`, `\\`, `$NAME`, `$1`, `$$`, `$?`, `$(hostname)`, and
 * `until COMMAND; do COMMANDS; done`.
 *
 * Throws {@link ScriptError}: it has something else.
 */
export function compile(script: string): readonly Instruction[] {
  const code: Instruction[] = [];
  /** Where the open loops begin, and where each decides to end. */
  const loops: { readonly start: number; readonly exit: number }[] = [];
  for (const command of splitCommands(script)) {
    const [first, ...behind] = command;
    // What stands behind `do` is a command like any other; it may begin a loop.
    const words = first !== undefined && literalOf(first) === "do" ? behind : command;
    const [keyword, ...others] = words;
    switch (keyword === undefined ? "" : literalOf(keyword)) {
      case "until":
        loops.push({ start: code.length, exit: code.length + 1 });
        code.push({ run: others }, { jumpOnSuccess: 0 });
        break;
      case "done": {
        const loop = loops.pop();
        if (loop === undefined) throw new ScriptError("done without until");
        code.push({ jump: loop.start });
        code[loop.exit] = { jumpOnSuccess: code.length };
        break;
      }
      default:
        if (words.length > 0) code.push({ run: words });
    }
  }
  if (loops.length > 0) throw new ScriptError("until without done");
  return code;
}

/** The pieces of a script, the first that fits: what it means is said by the name of its group. */
const token =
  /(?<end>[;\n])|(?<space>[ \t]+)|'(?<single>[^']*)'|(?<quote>")|\\(?<escaped>[\s\S])|\$(?<variable>\(hostname\)|\w+|[$?])|(?<text>[^\s;'"\\$|&<>(){}`]+)|(?<other>[\s\S])/gy;

function splitCommands(script: string): readonly (readonly Word[])[] {
  const commands: Word[][] = [];
  let words: Word[] = [];
  let word: Part[] | null = null;
  let isQuoted = false;
  const endWord = () => {
    if (word !== null) words.push(word);
    word = null;
  };
  const endCommand = () => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
  };
  for (const match of script.matchAll(token)) {
    const { end, space, quote, other, ...pieces } = match.groups ?? {};
    if (quote !== undefined) {
      isQuoted = !isQuoted;
      // Also an empty one is a word.
      word ??= [];
    } else if (!isQuoted && end !== undefined) endCommand();
    else if (!isQuoted && space !== undefined) endWord();
    else if (!isQuoted && other !== undefined) throw new ScriptError(`the simulation does not know ${other}`);
    else word = [...(word ?? []), partOf(pieces, isQuoted ? match[0] : "")];
  }
  endCommand();
  if (isQuoted) throw new ScriptError("a quote is not closed");
  return commands;
}

function partOf(pieces: Readonly<Record<string, string | undefined>>, quoted: string): Part {
  const { single, escaped, variable, text } = pieces;
  if (variable !== undefined) return { variable };
  if (escaped !== undefined) return { text: escaped };
  // Inside of double quotes, single ones and all else mean nothing.
  return { text: quoted === "" ? (single ?? text ?? "") : quoted };
}

function literalOf(word: Word): string {
  return word.map((part) => ("text" in part ? part.text : "")).join("");
}
