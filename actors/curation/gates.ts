/** Which memories are masked, each with its reason, and which are shown again. Pure; it yields between its parts. */
import { type Compared, compared, formOf, nearKeys, sameReason, survivorOf } from "./duplicates.ts";
import { junkReason } from "./junk.ts";
import { KEYED_TEXTS_MAX, SLIPS_MAX, WORDS_A_SLIP } from "./limits.ts";
import type { Neighbour } from "./neighbours.ts";
import type { Declined } from "./plan.ts";
import type { Masked, Memory } from "./ports.ts";
import type { Gate } from "./thoughts.ts";

/** Memories that are less alike than this are not compared word for word. */
const COMPARED_COSINE_MIN = 0.5;

/** What is junk, and what says the same as another memory, which is the one that stays. */
export function* findGates(
  memories: readonly Memory[],
  neighbours: readonly (readonly Neighbour[])[],
  declined: Declined,
): Generator<void, Gate[]> {
  const gates: Gate[] = [];
  const texts: (Compared | null)[] = [];
  const counts = new Map<string, number>();
  for (const { oid, text, gated } of memories) {
    yield;
    const each = compared(oid, text);
    for (const word of new Set(each.words)) counts.set(word, (counts.get(word) ?? 0) + 1);
    const open = gated && !declined.memories.has(oid);
    const junk = open ? junkReason(text) : null;
    if (junk !== null) gates.push({ oid, kind: "junk", reason: junk, of: null });
    texts.push(open && junk === null ? each : null);
  }
  const countOf = (word: string) => counts.get(word) ?? 0;
  // The same slip is made again, of a word that is far more often written as it should be.
  const isRare = (word: string, other: string) =>
    countOf(word) <= 1 || (countOf(word) <= SLIPS_MAX && countOf(word) * WORDS_A_SLIP <= countOf(other));
  const groups = new Groups();
  const byForm = new Map<string, Compared>();
  for (const each of texts) {
    const form = each === null ? null : formOf(each);
    if (each === null || form === null) continue;
    const known = byForm.get(form);
    if (known === undefined) byForm.set(form, each);
    else groups.join(known, each, sameReason(known, each, isRare)!);
  }
  const join = (a: Compared, b: Compared) => {
    if (groups.survivor(a) === groups.survivor(b)) return;
    const reason = sameReason(a, b, isRare);
    if (reason !== null) groups.join(a, b, reason);
  };
  const byKey = new Map<string, Compared[]>();
  for (const each of byForm.values()) {
    yield;
    for (const key of nearKeys(each)) {
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, [each]);
      else if (known.length < KEYED_TEXTS_MAX) {
        for (const other of known) join(other, each);
        known.push(each);
      }
    }
  }
  for (const [at, each] of texts.entries()) {
    if (at % 8 === 0) yield;
    if (each === null) continue;
    for (const { at: other, cosine } of neighbours[at]!) {
      const near = texts[other];
      if (near === null || near === undefined || cosine < COMPARED_COSINE_MIN) continue;
      join(each, near);
    }
  }
  return [...gates, ...groups.gates()];
}

/** Texts that say the same, each with the one that stays. */
class Groups {
  readonly #into = new Map<Compared, { readonly to: Compared; readonly reason: string }>();

  survivor(of: Compared): Compared {
    let each = of;
    for (let next = this.#into.get(each); next !== undefined; next = this.#into.get(each)) each = next.to;
    return each;
  }

  join(a: Compared, b: Compared, reason: string): void {
    const [one, other] = [this.survivor(a), this.survivor(b)];
    if (one === other) return;
    const to = survivorOf(one, other);
    this.#into.set(to === one ? other : one, { to, reason });
  }

  gates(): Gate[] {
    return [...this.#into].map(([each, { reason }]) => ({
      oid: each.oid,
      kind: "duplicate" as const,
      reason,
      of: this.survivor(each).oid,
    }));
  }
}

/** Masked duplicates of what is gone, masked itself, or says something else by now. */
export function maskedInVain(
  masked: readonly Masked[],
  textOf: (oid: string) => string | null,
): string[] {
  return masked.flatMap(({ oid, text, duplicateOf }) => {
    if (duplicateOf === null) return [];
    const survivor = textOf(duplicateOf);
    const says = survivor !== null &&
      sameReason(compared(oid, text), compared(duplicateOf, survivor), () => true) !== null;
    return says ? [] : [oid];
  });
}
