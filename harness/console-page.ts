/** One command of a page, and what the page shows that it prints. */
export interface ShownCommand {
  readonly command: string;
  readonly output: string;
}

/** Returns the commands of a document's `console` blocks, in order; each begins with `$ `. */
export function shownCommands(markdown: string): readonly ShownCommand[] {
  const blocks = [...markdown.matchAll(/```console\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((text) => {
        const [command = "", ...output] = text.trimEnd().split("\n");
        return { command, output: output.join("\n") };
      }),
  );
}
