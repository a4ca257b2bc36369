/**
 * The messages of an mbox, one at a time, however large the file is: each begins with a line `From ` that has a time of
 * day, at the start or behind an empty line. Lines that were escaped with `>` are put right. A message over the bound is
 * passed over and told of.
 */
import { LINE_BYTES_MAX, MAIL_BYTES_MAX } from "./limits.ts";
import { joined } from "./text_units.ts";

export interface MboxMessage {
  /** Where its `From ` line begins. */
  readonly offset: number;
  /** Null for one over the bound. */
  readonly bytes: Uint8Array<ArrayBuffer> | null;
}

const LINE_FEED = 10;
const FROM = new TextEncoder().encode("From ");
/** Bytes of a line that are looked at to tell whether a message begins there. */
const FROM_LINE_BYTES = 200;
const FROM_LINE = /^From \S+ .*\d{1,2}:\d{2}/;

export function isFromLine(line: string): boolean {
  return FROM_LINE.test(line);
}

export async function* mboxMessages(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax = MAIL_BYTES_MAX,
): AsyncGenerator<MboxMessage> {
  let lines: Uint8Array[] = [];
  let [size, began, offset] = [0, 0, 0];
  let [isOpen, isEmptyBefore] = [false, true];
  let rest: Uint8Array = new Uint8Array();
  const close = (): MboxMessage => ({ offset: began, bytes: size > bytesMax ? null : joined(lines) });
  function* take(line: Uint8Array): Generator<MboxMessage> {
    if (isEmptyBefore && startsMessage(line)) {
      if (isOpen) yield close();
      [lines, size, began, isOpen] = [[], 0, offset, true];
    } else if (isOpen) {
      size += line.length;
      if (size > bytesMax) lines = [];
      else lines.push(unescaped(line));
    }
    offset += line.length;
    isEmptyBefore = line.length <= 2 && (line[0] === LINE_FEED || line[1] === LINE_FEED);
  }
  for await (const chunk of chunks) {
    const held = rest.length === 0 ? chunk : joined([rest, chunk]);
    let from = 0;
    for (let end = held.indexOf(LINE_FEED); end !== -1; end = held.indexOf(LINE_FEED, from)) {
      yield* take(held.subarray(from, end + 1));
      from = end + 1;
    }
    rest = held.subarray(from);
    // A line without an end is taken in pieces: what follows the first is no beginning of a message.
    const isFrom = isEmptyBefore && startsMessage(rest);
    if (rest.length > (isFrom ? LINE_BYTES_MAX : FROM_LINE_BYTES)) {
      yield* take(rest);
      isEmptyBefore = false;
      rest = new Uint8Array();
    }
  }
  if (rest.length > 0) yield* take(rest);
  if (isOpen) yield close();
}

function startsMessage(line: Uint8Array): boolean {
  if (line.length < FROM.length || !FROM.every((byte, at) => line[at] === byte)) return false;
  return isFromLine(new TextDecoder().decode(line.subarray(0, FROM_LINE_BYTES)));
}

const GREATER = 62;

function unescaped(line: Uint8Array): Uint8Array {
  if (line[0] !== GREATER) return line;
  let at = 0;
  while (line[at] === GREATER) at++;
  return FROM.every((byte, n) => line[at + n] === byte) ? line.subarray(1) : line;
}
