/**
 * Takes out of history what is to be forgotten: before-images of some objects, in all families, and what thoughts say of
 * themselves that quotes them. Who thought when, and which keys changed, stays. What thoughts say is rewritten before
 * the images that tell what is quoted, so that it can be done again from the start after a crash.
 */
import { Buffer } from "node:buffer";
import { blobKeys } from "./blobs.ts";
import { type Key } from "./keys.ts";
import { startOfEpoch } from "./position.ts";
import type { Position } from "./position.ts";
import { type PlacedRecord, recordsIn } from "./prune.ts";
import type { Reader } from "./reader.ts";
import { packLog, partKeys, type RecordedThought } from "./record.ts";
import { RewriteBatch } from "./rewrite.ts";
import { isReference } from "./sealed.ts";

/** What stands where a text was. */
export const forgottenMark = "(forgotten)";
/** Shorter texts are words that anybody may use: they count as quotes only in thoughts about the object itself. */
const quotedCharsMin = 12;
/** Objects whose history quotes what is forgotten that are named. */
const quotingMax = 100;

export interface ForgetRequest {
  readonly oids: ReadonlySet<string>;
  /** The texts that the stored form of an object holds. */
  readonly textsOf: (oid: string, value: unknown) => readonly string[];
  /** Called when all texts are known, before the first image goes. */
  readonly onTexts?: (texts: readonly string[]) => Promise<void>;
}

export interface Forgotten {
  /** Thoughts of which something was overwritten. */
  readonly thoughts: number;
  /** Other things whose history quotes it, at most 100. */
  readonly quotedBy: readonly string[];
}

export interface ForgetSource {
  readonly reader: Reader;
  readonly newId: () => string;
  readonly head: Position;
  readonly crash: (point: string) => void;
}

export async function forgetInLog(source: ForgetSource, request: ForgetRequest): Promise<Forgotten> {
  const { oids, onTexts } = request;
  const texts = await textsIn(source, request);
  const quotes = quotesOf(texts);
  const quotedBy = new Set<string>();
  let thoughts = await rewrite(source, (thought) => {
    const isAbout = thought.changes.some(([key]) => concerns(key, oids));
    for (const [key, before] of thought.changes) {
      if (quotedBy.size < quotingMax && !concerns(key, oids) && quotesIn(before, quotes)) {
        quotedBy.add(String(key.at(-1)));
      }
    }
    return withoutQuotes(thought, isAbout ? quotes : quotes.filter(({ length }) => length >= quotedCharsMin));
  });
  await onTexts?.(texts);
  thoughts += await rewrite(source, (thought) => withoutImages(thought, oids));
  return { thoughts, quotedBy: [...quotedBy] };
}

async function textsIn(source: ForgetSource, { oids, textsOf }: ForgetRequest): Promise<string[]> {
  const texts = new Set<string>();
  for await (const { thoughts } of records(source)) {
    for (const { changes } of thoughts) {
      for (const [key, before] of changes) {
        if (before === null || key[0] !== "object" || !concerns(key, oids)) continue;
        for (const text of textsOf(String(key[1]), await source.reader.resolve(key, before))) texts.add(text);
      }
    }
  }
  return [...texts];
}

function records({ reader, head }: ForgetSource): AsyncGenerator<PlacedRecord> {
  return recordsIn(reader, { from: startOfEpoch(1), to: head });
}

function concerns(key: Key, oids: ReadonlySet<string>): boolean {
  return oids.has(String(key.at(-1)));
}

/** Writes the records anew that a change gives another form. @returns how many thoughts changed */
async function rewrite(
  source: ForgetSource,
  change: (thought: RecordedThought) => RecordedThought,
): Promise<number> {
  const { reader: { kv }, newId, crash } = source;
  const batch = new RewriteBatch({ kv, newId, crash });
  let count = 0;
  for await (const { key, value, at, thoughts } of records(source)) {
    const changed = thoughts.map(change);
    const differing = changed.filter((each, n) => each !== thoughts[n]).length;
    if (differing === 0) continue;
    count += differing;
    const packed = packLog(key, at, changed, newId);
    const deletes = droppedChunks(thoughts, changed);
    const rewritten = { key, packed, old: partKeys(key, value), deletes };
    if (!batch.takes(rewritten)) await batch.write();
    await batch.add(rewritten);
  }
  await batch.write();
  return count;
}

/** Chunks of before-images that are there no more. */
function droppedChunks(before: readonly RecordedThought[], after: readonly RecordedThought[]): Key[] {
  return before.flatMap(({ changes }, n) =>
    changes.flatMap(([key, image], at) =>
      image !== null && isReference(image) && after[n]!.changes[at]![1] === null ? blobKeys(image, key) : []
    )
  );
}

function withoutImages(thought: RecordedThought, oids: ReadonlySet<string>): RecordedThought {
  if (!thought.changes.some(([key, before]) => before !== null && concerns(key, oids))) return thought;
  return {
    ...thought,
    changes: thought.changes.map(([key, before]) => [key, concerns(key, oids) ? null : before]),
  };
}

/** As they are, and in one line as titles have them; the longest first. */
function quotesOf(texts: readonly string[]): string[] {
  const lines = texts.flatMap((text) => [text, text.trim(), text.replace(/\s+/gu, " ").trim()]);
  return [...new Set(lines)].filter((line) => line !== "").sort((a, b) => b.length - a.length);
}

function quotesIn(stored: Uint8Array | null, quotes: readonly string[]): boolean {
  if (stored === null) return false;
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  return quotes.some((quote) =>
    quote.length >= quotedCharsMin && bytes.includes(JSON.stringify(quote).slice(1, -1))
  );
}

function withoutQuotes(thought: RecordedThought, quotes: readonly string[]): RecordedThought {
  const why = unquoted(thought.why, quotes);
  const detail = unquotedIn(thought.detail, quotes);
  const others = thought.others?.filter((key) => key[0] !== "name" || !quotes.includes(String(key[1])));
  const isSame = why === thought.why && JSON.stringify(detail) === JSON.stringify(thought.detail) &&
    others?.length === thought.others?.length;
  if (isSame) return thought;
  return {
    ...thought,
    why,
    ...(detail === undefined ? {} : { detail }),
    ...(others === undefined ? {} : { others }),
  };
}

function unquotedIn(value: unknown, quotes: readonly string[]): unknown {
  if (typeof value === "string") return unquoted(value, quotes);
  if (Array.isArray(value)) return value.map((each) => unquotedIn(each, quotes));
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, unquotedIn(each, quotes)]),
  );
}

/** A title may hold only the beginning of a text: all of it that is there goes. */
function unquoted(line: string, quotes: readonly string[]): string {
  let left = line;
  for (const quote of quotes) {
    const begin = quote.slice(0, quotedCharsMin);
    for (let at = left.indexOf(begin); at !== -1; at = left.indexOf(begin, at + forgottenMark.length)) {
      let end = at + begin.length;
      while (end < left.length && left[end] === quote[end - at]) end++;
      left = left.slice(0, at) + forgottenMark + left.slice(end);
    }
  }
  return left;
}
