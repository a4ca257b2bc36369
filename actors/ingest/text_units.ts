/**
 * Plain text, read as it comes: blocks between empty lines, as many together as one memory holds. Lines without an end
 * and bytes that are no UTF-8 are named and left out, the rest is taken.
 */
import { BLOCK_BYTES_MAX, CHUNK_TOKENS_MAX, LINE_BYTES_MAX } from "./limits.ts";
import type { Found, SourceFile, Unit } from "./passage.ts";
import { tokensOf } from "./tokens.ts";

const LINE_FEED = 10;
const SPACES = new Set([9, 11, 12, 13, 32]);

export async function* textUnits(file: SourceFile): AsyncGenerator<Unit> {
  const { label, changed } = file;
  let [held, tokens, count] = ["", 0, 0];
  const close = (): Unit => {
    const passage = {
      text: held,
      headings: [],
      source: label,
      thread: `file:${label}`,
      kind: "text" as const,
      at: changed + count++,
    };
    [held, tokens] = ["", 0];
    return () => [{ passage }];
  };
  for await (const block of blocksOf(file)) {
    if ("problem" in block) {
      if (held !== "") yield close();
      yield () => [block];
      continue;
    }
    const size = tokensOf(block.text);
    if (held !== "" && tokens + size > CHUNK_TOKENS_MAX) yield close();
    held += `${held === "" ? "" : "\n\n"}${block.text}`;
    tokens += size;
  }
  if (held !== "") yield close();
}

type Block = { readonly text: string } | Extract<Found, { problem: unknown }>;

async function* blocksOf({ label, bytes }: SourceFile): AsyncGenerator<Block> {
  let lines: Uint8Array[] = [];
  let [size, from] = [0, 0];
  const close = (): Block[] => {
    const block = size === 0 ? [] : [decoded(lines, `${label}, byte ${from}`)];
    [lines, size] = [[], 0];
    return block.filter((each) => "problem" in each || each.text !== "");
  };
  for await (const line of linesOf(bytes())) {
    if (line.bytes === null) {
      yield* close();
      const reason = `a line has more than ${LINE_BYTES_MAX} bytes, it was left out`;
      yield { problem: { place: `${label}, byte ${line.offset}`, reason } };
    } else if (line.bytes.every((byte) => SPACES.has(byte))) yield* close();
    else {
      if (size + line.bytes.length > BLOCK_BYTES_MAX) yield* close();
      if (size === 0) from = line.offset;
      lines.push(line.bytes);
      size += line.bytes.length + 1;
    }
  }
  yield* close();
}

interface Line {
  readonly offset: number;
  /** Without its end; null for one over the bound. */
  readonly bytes: Uint8Array | null;
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let [size, offset] = [0, 0];
  const take = (part: Uint8Array) => {
    size += part.length;
    if (size > LINE_BYTES_MAX) parts = [];
    else parts.push(part);
  };
  const close = (): Line => {
    const line = { offset, bytes: size > LINE_BYTES_MAX ? null : joined(parts) };
    offset += size + 1;
    [parts, size] = [[], 0];
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      take(chunk.subarray(from, end));
      yield close();
      from = end + 1;
    }
    if (from < chunk.length) take(chunk.subarray(from));
  }
  if (size > 0) yield close();
}

/** The text of some lines. */
function decoded(lines: readonly Uint8Array[], place: string): Block {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    return { text: lines.map((line) => decoder.decode(line)).join("\n").replaceAll("\r", "").trim() };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { problem: { place, reason: "a passage is not UTF-8, it was left out" } };
  }
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
