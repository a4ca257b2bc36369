/**
 * One Markdown file as memories: each section under its heading (CommonMark 0.31, ATX and setext headings, fenced code)
 * is one, and the file is their thread. A front matter of plain `key: value` lines may say the date and the author.
 * Pure.
 */
import { type Item, itemsOf, timeOf } from "./item.ts";

export interface MarkdownFile {
  /** Relative to the folder that is imported, with `/` between its parts. */
  readonly path: string;
  readonly text: string;
  /** When the file was last changed, milliseconds since 1970; used where the file itself says no date. */
  readonly changed?: number | undefined;
}

export interface MarkdownSection {
  /** The headings above it, the outermost first, its own last. */
  readonly headings: readonly string[];
  readonly body: string;
}

/** The parts of a Markdown file, before any of it is a memory. */
export interface MarkdownDocument {
  readonly sections: readonly MarkdownSection[];
  readonly author: string | undefined;
  /** The date that the file itself says, milliseconds since 1970. */
  readonly at: number | undefined;
}

export function markdownDocument({ path, text }: Omit<MarkdownFile, "changed">): MarkdownDocument {
  const { fields, body } = frontMatter(text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n"));
  const at = timeOf(fields.date ?? fields.created) ?? timeOf(/\d{4}-\d{2}-\d{2}/.exec(path)?.[0]);
  return { sections: sections(body), author: fields.author, at };
}

/** A memory's oid depends on the path, the headings and the text alone: a file that is copied stays the same. */
export function* markdownItems({ path, text, changed }: MarkdownFile): Generator<Item> {
  const { sections, author, at: own } = markdownDocument({ path, text });
  const at = own ?? changed;
  for (const [index, { headings, body: said }] of sections.entries()) {
    const title = headings.join(" › ");
    yield* itemsOf({
      identity: ["markdown", path, ...headings],
      text: title === "" ? said : said === "" ? "" : `${title}\n\n${said}`,
      source: title === "" ? path : `${path} § ${title}`,
      thread: `markdown:${path}`,
      author,
      // Sections keep their order in time.
      at: at === undefined ? undefined : at + index,
      oidAt: own ?? 0,
    });
  }
}

function frontMatter(text: string): { fields: Record<string, string>; body: string } {
  const match = /^---\n([\s\S]*?)\n(?:---|\.\.\.)(?:\n|$)/.exec(text);
  if (match === null) return { fields: {}, body: text };
  const fields = match[1]!.split("\n").flatMap((line) => {
    const field = /^([A-Za-z_][\w-]*):(.*)$/.exec(line);
    const value = field?.[2]?.trim() ?? "";
    return field === null || value === ""
      ? []
      : [[field[1]!.toLowerCase(), value.replace(/^(["'])(.*)\1$/, "$2")] as const];
  });
  return { fields: Object.fromEntries(fields), body: text.slice(match[0].length) };
}

function sections(text: string): MarkdownSection[] {
  const found: MarkdownSection[] = [];
  const headings: string[] = [];
  let lines: string[] = [];
  let fence: string | null = null;
  const close = () => {
    found.push({ headings: headings.filter(Boolean), body: lines.join("\n").trim() });
    lines = [];
  };
  const open = (level: number, title: string) => {
    close();
    headings.length = Math.min(headings.length, level - 1);
    while (headings.length < level - 1) headings.push("");
    headings.push(title);
  };
  for (const line of text.split("\n")) {
    fence = fenceAfter(line, fence);
    const atx = fence === null ? atxHeading(line) : null;
    const setext = fence === null ? /^ {0,3}(=+|-+)[ \t]*$/.exec(line) : null;
    const above = lines.at(-1) ?? "";
    if (atx !== null) open(atx.level, atx.title);
    else if (setext !== null && isPlainLine(above, lines.at(-2))) {
      lines.pop();
      open(setext[1]!.startsWith("=") ? 1 : 2, above.trim());
    } else lines.push(line);
  }
  close();
  return found.filter(({ body }) => body !== "");
}

/** A heading after its signs, in time that grows with the length of the line alone. Signs at its end are none of it. */
function atxHeading(line: string): { readonly level: number; readonly title: string } | null {
  const signs = /^ {0,3}(#{1,6})(?=[ \t]|$)/.exec(line);
  if (signs === null) return null;
  const title = line.slice(signs[0].length).trim();
  let end = title.length;
  while (title[end - 1] === "#") end--;
  const isClosed = end === 0 || /[ \t]/.test(title[end - 1]!);
  return { level: signs[1]!.length, title: isClosed ? title.slice(0, end).trim() : title };
}

/** The fence that is open behind a line; a closing one is as long at least, of the same sign, with nothing after it. */
function fenceAfter(line: string, fence: string | null): string | null {
  const match = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
  if (match === null) return fence;
  const [, signs, rest] = match as unknown as [string, string, string];
  if (fence === null) return signs.startsWith("`") && rest.includes("`") ? null : signs;
  return signs.startsWith(fence) && rest.trim() === "" ? null : fence;
}

/** A single line of text that an underline can make a heading of. */
function isPlainLine(line: string, before: string | undefined): boolean {
  return line.trim() !== "" && !/^ {0,3}(?:[-*+>]|\d+[.)]|`{3,}|~{3,})(?:\s|$)|^ {4}/.test(line) &&
    (before === undefined || before.trim() === "");
}
