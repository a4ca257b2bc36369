/** Texts compared line by line. Pure; the comparing is the library's. */
import { structuredPatch } from "diff";
import { CONTEXT_LINES, EDIT_LINES_MAX } from "./limits.ts";

export interface Line {
  readonly kind: "same" | "added" | "removed";
  readonly text: string;
}

/** Lines that stand together, and the number of the first in the text before and after, from 1. */
export interface Hunk {
  readonly before: number;
  readonly after: number;
  readonly lines: readonly Line[];
}

const KINDS = { " ": "same", "+": "added", "-": "removed" } as const;

/** What differs, with a few lines around it; null when so much does that the whole text counts as replaced. */
export function diffLines(before: string, after: string): Hunk[] | null {
  const options = { context: CONTEXT_LINES, maxEditLength: EDIT_LINES_MAX };
  const patch = structuredPatch("", "", ended(before), ended(after), undefined, undefined, options);
  if (patch === undefined) return null;
  return patch.hunks.map(({ oldStart, newStart, lines }) => ({
    before: oldStart,
    after: newStart,
    lines: lines.map((line) => ({ kind: KINDS[line[0] as keyof typeof KINDS], text: line.slice(1) })),
  }));
}

/** A last line without an end is compared as one with it. */
function ended(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
