/**
 * The text of an answer while it streams. Each token says where it begins, so that what comes twice is dropped and
 * what is missing is noticed. Pure.
 */

export type Step =
  | { readonly kind: "append"; readonly text: string }
  | { readonly kind: "known" }
  | { readonly kind: "gap" };

/** What a token adds to an answer of `length` UTF-16 code units. */
export function stepOf(length: number, offset: number, token: string): Step {
  if (offset > length) return { kind: "gap" };
  const added = token.slice(length - offset);
  return added === "" ? { kind: "known" } : { kind: "append", text: added };
}

/** A snapshot holds all text up to its offset: the longer of the two is what the client keeps. */
export function afterSnapshot(known: string, snapshot: string): string {
  return snapshot.length > known.length ? snapshot : known;
}
