/** What a file is, told by its name and its first bytes, and its units. What is of no kind that is known is left out. */
import {
  conversationItems,
  type Item,
  MARKDOWN_BYTES_MAX,
  markdownDocument,
  zippedConversationItems,
} from "../exchange/importers/mod.ts";
import { HEAD_BYTES } from "./limits.ts";
import { mboxUnits, messageUnits } from "./mail_units.ts";
import { isFromLine } from "./mbox.ts";
import type { Found, SourceFile, Unit } from "./passage.ts";
import { joined, textUnits } from "./text_units.ts";

export type FileKind = "markdown" | "text" | "mbox" | "message" | "conversations" | "zip";

const BY_ENDING: readonly (readonly [RegExp, FileKind])[] = [
  [/\.(?:md|markdown|mdown)$/i, "markdown"],
  [/\.(?:txt|text|log|org|rst|asc)$/i, "text"],
  [/\.(?:mbox|mbx)$/i, "mbox"],
  [/\.eml$/i, "message"],
  [/(?:^|\/)conversations(?:[-_]\d+)?\.json$/i, "conversations"],
  [/\.zip$/i, "zip"],
];

/** The kind, or why it has none. @param isAlone the file itself was named, so that its content alone may say what it is */
export function kindOf(
  path: string,
  head: Uint8Array,
  isAlone: boolean,
): { readonly kind: FileKind } | { readonly reason: string } {
  const named = BY_ENDING.find(([ending]) => ending.test(path))?.[1];
  if (named === "zip" || head[0] === 0x50 && head[1] === 0x4b && isAlone) return { kind: "zip" };
  if (head.length === 0) return { reason: "it is empty" };
  if (head.includes(0)) return { reason: "it is binary" };
  if (named !== undefined) return { kind: named };
  const text = new TextDecoder().decode(head);
  if (isFromLine(text.split("\n", 1)[0]!)) return { kind: "mbox" };
  if (isAlone && text.trimStart().startsWith("[")) return { kind: "conversations" };
  if (isAlone || !/\.[A-Za-z0-9]{1,8}$/.test(path)) return { kind: "text" };
  return { reason: "it is of no kind that is taken in" };
}

export async function headOf(file: SourceFile): Promise<Uint8Array> {
  for await (const chunk of file.bytes()) return chunk.subarray(0, HEAD_BYTES);
  return new Uint8Array();
}

export function unitsOf(kind: FileKind, file: SourceFile): AsyncIterable<Unit> {
  switch (kind) {
    case "markdown":
      return markdownUnits(file);
    case "text":
      return textUnits(file);
    case "mbox":
      return mboxUnits(file);
    case "message":
      return messageUnits(file);
    case "conversations":
      return itemUnits(file, conversationItems(decoded(file.bytes()), file.label));
    case "zip":
      return itemUnits(file, zippedConversationItems(file.bytes()));
  }
}

async function* markdownUnits(file: SourceFile): AsyncGenerator<Unit> {
  const { label, changed } = file;
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of file.bytes()) {
    size += chunk.length;
    if (size > MARKDOWN_BYTES_MAX) {
      const reason = `a Markdown file must have at most ${MARKDOWN_BYTES_MAX} bytes, it was left out`;
      yield () => [{ problem: { place: label, reason } }];
      return;
    }
    parts.push(chunk);
  }
  const { text, problems } = readable(joined(parts), label);
  for (const problem of problems) yield () => [problem];
  const { sections, author, at = changed } = markdownDocument({ path: label, text });
  for (const [index, { headings, body }] of sections.entries()) {
    yield () => [{
      passage: {
        text: body,
        headings,
        source: headings.length === 0 ? label : `${label} § ${headings.join(" › ")}`,
        thread: `file:${label}`,
        kind: "note",
        author,
        // Sections keep their order in time.
        at: at + index,
      },
    }];
  }
}

/** The text without the lines that are no UTF-8. */
function readable(
  bytes: Uint8Array,
  label: string,
): { readonly text: string; readonly problems: readonly Found[] } {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    return { text: decoder.decode(bytes), problems: [] };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  const lines = new TextDecoder().decode(bytes).split("\n");
  const kept = lines.filter((line) => !line.includes("\ufffd"));
  const reason = `${lines.length - kept.length} lines are not UTF-8, they were left out`;
  return { text: kept.join("\n"), problems: [{ problem: { place: label, reason } }] };
}

async function* itemUnits(file: SourceFile, items: AsyncIterable<Item>): AsyncGenerator<Unit> {
  try {
    for await (const item of items) yield () => [foundOf(file, item)];
  } catch (error) {
    // The archive is damaged, a bomb, or none at all: what stood before is taken.
    if (!(error instanceof Error) || error.name !== "ConversationsError") throw error;
    yield () => [{ problem: { place: file.label, reason: error.message } }];
  }
}

function foundOf(file: SourceFile, item: Item): Found {
  if ("problem" in item) {
    const { place, reason } = item.problem;
    return { problem: { place: `${file.label}: ${place}`, reason } };
  }
  const { oid, text, source, thread, author, at } = item.memory;
  return { passage: { text, headings: [], source, thread, kind: "message", author, at, alias: oid } };
}

/** A broken character stands as U+FFFD; the text around it is taken. */
async function* decoded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}
