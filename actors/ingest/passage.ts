/** What one section, message or block of a file says, before it is cut into memories. */
import type { Chunk, Problem } from "./entry.ts";

export interface Passage {
  readonly text: string;
  readonly headings: readonly string[];
  readonly source: string;
  readonly thread: string;
  readonly kind: Chunk["kind"];
  readonly author?: string | undefined;
  readonly at?: number | undefined;
  readonly alias?: string | undefined;
}

export type Found = { readonly passage: Passage } | { readonly problem: Problem };

/** One unit of a file, read when it is asked for: those that are behind already cost nothing. */
export type Unit = () => readonly Found[] | Promise<readonly Found[]>;

/** A file that is read now. */
export interface SourceFile {
  /** How it is called in sources and problems: the folder's own name, then the path below it. */
  readonly label: string;
  /** When it was last changed, milliseconds since 1970. */
  readonly changed: number;
  readonly bytes: () => AsyncIterable<Uint8Array<ArrayBuffer>>;
}
