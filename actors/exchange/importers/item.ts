/** What an importer finds: memories, and what it had to leave out, in the order of the source. Pure. */
import { isTime } from "../../object/mod.ts";
import { derivedOid } from "../compare.ts";
import type { IngestMemory } from "../ingest.ts";
import { MEMORY_CHARACTERS_MAX, SOURCE_CHARACTERS_MAX, THREAD_CHARACTERS_MAX } from "../limits.ts";

/** Something malformed, which was left out; `place` says where it stands. */
export interface Problem {
  readonly place: string;
  readonly reason: string;
}

export type Item = { readonly memory: IngestMemory } | { readonly problem: Problem };

export interface Said {
  /** What makes it itself beside its text: the kind of source, the conversation, the message. */
  readonly identity: readonly string[];
  readonly text: string;
  readonly source: string;
  readonly thread: string;
  readonly author?: string | undefined;
  /** Milliseconds since 1970, kept as the memory's time. */
  readonly at?: number | undefined;
  /** The time within the oid, where it must not be that of a file. Default: `at`. */
  readonly oidAt?: number | undefined;
}

/** The latest time that an oid can have. */
const OID_TIME_MAX = 2 ** 48 - 1;

/** The memories of something said: one, or several where it is too long for one. None for a text without a word. */
export function itemsOf(said: Said): Item[] {
  const { identity, source, thread, author, at } = said;
  return splitText(said.text).map((text, part) => {
    const msecs = Math.min(OID_TIME_MAX, Math.max(0, Math.trunc(said.oidAt ?? at ?? 0)));
    const oid = derivedOid(msecs, JSON.stringify([...identity, part, text]));
    return {
      memory: {
        oid,
        text,
        source: source.slice(0, SOURCE_CHARACTERS_MAX).toWellFormed(),
        thread: thread.slice(0, THREAD_CHARACTERS_MAX).toWellFormed(),
        ...(author === undefined ? {} : { author }),
        // Parts of one text keep their order.
        ...(at === undefined ? {} : { at: at + part }),
      },
    };
  });
}

/** Cut between paragraphs, else lines, else words, else anywhere; no part is longer than the bound. */
export function splitText(text: string, charactersMax = MEMORY_CHARACTERS_MAX): string[] {
  const parts: string[] = [];
  let rest = text.trim();
  while (rest.length > charactersMax) {
    const cut = cutIn(rest, charactersMax);
    parts.push(rest.slice(0, cut).trim());
    rest = rest.slice(cut).trim();
  }
  return [...parts, rest].filter((part) => part !== "");
}

function cutIn(text: string, max: number): number {
  for (const end of ["\n\n", "\n", " "]) {
    const at = text.lastIndexOf(end, max);
    if (at > max / 2) return at;
  }
  // Not between the halves of one character.
  const before = text.charCodeAt(max - 1);
  return before >= 0xd800 && before <= 0xdbff ? max - 1 : max;
}

/** A time as exports give it: seconds, or text in ISO 8601. Undefined for what is none. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value === "number" && value > 0 && isTime(value * 1_000)) return Math.round(value * 1_000);
  if (typeof value !== "string") return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
}
