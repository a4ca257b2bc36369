/** An image with a record in the log that is far too large for one atomic operation. */
import { keys, type Position, type Store } from "../../kv/mod.ts";
import { someone } from "./support.ts";

/** The object whose value stands in chunks, before-image included. */
export const chunked = "chunked";
const heavy = Array.from({ length: 45 }, (_, n) => `heavy-${n}`);
/** Long names, so that the keys that go weigh more than one atomic operation takes. */
const many = Array.from({ length: 300 }, (_, n) => `${"many".repeat(70)}-${n}`);

export const textsOf = (_oid: string, value: unknown): string[] => [(value as { text: string }).text];

export const secret = "the third flowerpot from the left";

function valueOf(oid: string, round: number): { n: number; text: string } {
  if (oid === chunked) return { n: round, text: `${secret} ${round}`.repeat(4_000) };
  return { n: round, text: heavy.includes(oid) ? "é".repeat(20_000) : "x" };
}

/** Three rounds, in each of which one thought writes every object. @returns what was after each */
export async function fillLargely(
  store: Store,
): Promise<{ position: Position; state: Map<string, unknown> }[]> {
  const rounds: { position: Position; state: Map<string, unknown> }[] = [];
  for (let round = 0; round < 3; round++) {
    const state = new Map([chunked, ...heavy, ...many].map((oid) => [oid, valueOf(oid, round)]));
    const { position } = await store.commit(someone, (thought) => {
      for (const [oid, value] of state) thought.set(keys.object(oid), value);
    });
    rounds.push({ position, state });
  }
  return rounds;
}
