/**
 * A passage in pieces that the embedding model can hold: whole paragraphs as far as they fit, a longer one between its
 * lines, sentences, words, and at last anywhere. Each piece begins with the headings over it. Nothing is lost, nothing
 * stands in two pieces. Pure.
 */
import { CHUNK_TOKENS_MAX, CONTEXT_TOKENS_MAX } from "./limits.ts";
import { tokensOf } from "./tokens.ts";

export interface ChunkOptions {
  /** Headings over the text, the outermost first. */
  readonly headings?: readonly string[];
  readonly tokensMax?: number;
}

/** Where a text may be cut, the best first; what is matched stays with what stands before it. */
const SEAMS: readonly RegExp[] = [/\n[ \t]*\n\s*/g, /\n/g, /[.!?。！？…]["'”’)\]]*\s+/gu, /\s+/g];

/** None for a text without a letter or a digit. */
export function chunksOf(text: string, options: ChunkOptions = {}): string[] {
  const { headings = [], tokensMax = CHUNK_TOKENS_MAX } = options;
  const context = contextOf(headings, Math.min(CONTEXT_TOKENS_MAX, Math.floor(tokensMax / 2)));
  const room = tokensMax - tokensOf(context);
  const pieces = packed(text.trim(), room, 0).map((piece) => piece.trim()).filter(hasWords);
  return pieces.map((piece) => context === "" ? piece : `${context}\n\n${piece}`);
}

/** As many of the innermost headings as fit; one that is too long is cut. */
function contextOf(headings: readonly string[], tokensMax: number): string {
  const said = headings.map((heading) => heading.replace(/\s+/gu, " ").trim()).filter((each) => each !== "");
  for (let from = 0; from < said.length; from++) {
    const context = said.slice(from).join(" › ");
    if (tokensOf(context) <= tokensMax) return context;
  }
  const last = said.at(-1);
  return last === undefined ? "" : packed(last, tokensMax, 3)[0]!.trim();
}

/** Neighbours that fit together are joined; what does not fit by itself is cut at the next finer seam. */
function packed(text: string, room: number, seam: number): string[] {
  if (tokensOf(text) <= room) return text === "" ? [] : [text];
  if (seam === SEAMS.length) return cutAnywhere(text, room);
  const found: string[] = [];
  let [held, tokens] = ["", 0];
  const close = () => {
    if (held !== "") found.push(held);
    [held, tokens] = ["", 0];
  };
  for (const part of partsOf(text, SEAMS[seam]!)) {
    const size = tokensOf(part);
    if (tokens + size > room) close();
    if (size > room) found.push(...packed(part, room, seam + 1));
    else [held, tokens] = [held + part, tokens + size];
  }
  close();
  return found;
}

function* partsOf(text: string, seam: RegExp): Generator<string> {
  let from = 0;
  for (const match of text.matchAll(seam)) {
    const to = match.index + match[0].length;
    yield text.slice(from, to);
    from = to;
  }
  if (from < text.length) yield text.slice(from);
}

/** One token has at least one character, and no character is cut in two. */
function cutAnywhere(text: string, room: number): string[] {
  const characters = [...text];
  const found: string[] = [];
  for (let at = 0; at < characters.length; at += room) found.push(characters.slice(at, at + room).join(""));
  return found;
}

function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}
