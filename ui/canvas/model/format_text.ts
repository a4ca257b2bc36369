/** A finished answer as paragraphs, code and emphasis: the little of Markdown that models write. Pure. */

export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "strong"; readonly text: string };
export type Block =
  | { readonly kind: "paragraph"; readonly inlines: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string; readonly language: string }
  | {
    readonly kind: "list";
    readonly ordered: boolean;
    /** The number of the first item, as it was written; 1 where there are none. */
    readonly start: number;
    readonly items: readonly (readonly Inline[])[];
  };

const LIST_LINE = /^\s*(?:[-*•]|(\d+)[.)])\s+(.*)$/;

export function formatText(text: string): Block[] {
  const blocks: Block[] = [];
  const parts = text.split(/^[ \t]*```/m);
  parts.forEach((part, index) => {
    if (index % 2 === 1) {
      const [language = "", ...lines] = part.split("\n");
      blocks.push({ kind: "code", language: language.trim(), text: lines.join("\n").replace(/\n$/, "") });
      return;
    }
    for (const chunk of part.split(/\n{2,}/)) if (chunk.trim() !== "") blocks.push(...blocksOf(chunk.trim()));
  });
  return blocks;
}

function blocksOf(chunk: string): Block[] {
  const blocks: Block[] = [];
  let items: Inline[][] = [], ordered = false, start = 1, number = 0, lines: string[] = [];
  const endList = () => {
    if (items.length > 0) blocks.push({ kind: "list", ordered, start, items });
    items = [];
  };
  const endLines = () => {
    if (lines.length > 0) blocks.push({ kind: "paragraph", inlines: inlinesOf(lines.join("\n")) });
    lines = [];
  };
  for (const line of chunk.split("\n")) {
    const item = LIST_LINE.exec(line);
    if (item === null) {
      endList();
      lines.push(line.replace(/^#{1,6}\s+(.*)$/, (_, title: string) => `**${title.replaceAll("**", "")}**`));
      continue;
    }
    endLines();
    const isOrdered = item[1] !== undefined;
    const before = number;
    number = Number(item[1] ?? 1);
    // A list whose items all have the same number counts them itself.
    if (isOrdered !== ordered || (isOrdered && number !== before + 1 && number !== before)) endList();
    ordered = isOrdered;
    if (items.length === 0) start = number;
    items.push(inlinesOf(item[2]!));
  }
  endLines();
  endList();
  return blocks;
}

export function inlinesOf(text: string): Inline[] {
  const inlines: Inline[] = [];
  let from = 0;
  for (const match of text.matchAll(/`([^`\n]+)`|\*\*([^*\n]+)\*\*/g)) {
    if (match.index > from) inlines.push({ kind: "text", text: text.slice(from, match.index) });
    inlines.push(
      match[1] !== undefined ? { kind: "code", text: match[1] } : { kind: "strong", text: match[2]! },
    );
    from = match.index + match[0].length;
  }
  if (from < text.length) inlines.push({ kind: "text", text: text.slice(from) });
  return inlines;
}
