/** Answers of thoughts that were committed under a caller's key, so that a repeated request changes nothing. */
import {
  formatPosition,
  type Key,
  keys,
  parsePosition,
  type Position,
  type Store,
  type Thought,
} from "../../kv/mod.ts";

interface Answered<T> {
  readonly value: T;
  readonly thought: string;
}

/** Thoughts that one atomic operation of the store can carry. */
const GROUP_MAX = 1_000;
const FORGET_BATCH = 500;

export async function readAnswered<T>(thought: Thought, key: string): Promise<Answered<T> | null> {
  return await thought.get<Answered<T>>(keys.idempotency(key));
}

/** Stands in the same atomic as the thought itself. */
export function writeAnswered(thought: Thought, key: string, value: unknown): void {
  thought.set(keys.idempotency(key), { value, thought: thought.id });
}

/**
 * Runs a thought, again when it failed and the same request has been answered meanwhile: its answer stands, and what
 * the second one ran into was the first one's work.
 */
export async function onceByKey<T>(
  store: Store,
  key: string | undefined,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (key === undefined || (await store.get(keys.idempotency(key))) === null) throw error;
    return await run();
  }
}

/** Where the thought stands that was committed under the key. */
export async function positionOfAnswer(store: Store, key: string): Promise<Position> {
  const entry = await store.get<Answered<unknown>>(keys.idempotency(key));
  if (entry === null) return store.position;
  const { epoch } = parsePosition(store.position);
  const before = (BigInt(`0x${entry.versionstamp}`) - 1n).toString(16).padStart(20, "0");
  const after = formatPosition(epoch, before, 9_999);
  const isIt = ({ id }: { readonly id: string }) => id === entry.value.thought;
  const found = (await store.log({ after, limit: GROUP_MAX })).find(isIt) ??
    // The writes of a large thought have later stamps than its record.
    (await store.log({ newest: true, limit: GROUP_MAX })).find(isIt);
  return found?.position ?? store.position;
}

/** Forgets the answers of thoughts made before a time, a thought's id telling when. @returns how many */
export async function forgetAnswers(store: Store, beforeMs: number): Promise<number> {
  let forgotten = 0;
  for (;;) {
    const old: Key[] = [];
    for await (const { key, value } of store.list<Answered<unknown>>(["idempotency"])) {
      if (timeOf(value.thought) < beforeMs) old.push(key);
      if (old.length === FORGET_BATCH) break;
    }
    if (old.length === 0) return forgotten;
    const info = {
      who: "telos",
      why: `forget ${old.length} answers to repeated requests`,
      kind: "maintenance",
    };
    await store.commit(info, (thought) => {
      for (const key of old) thought.delete(key);
    });
    forgotten += old.length;
  }
}

/** The milliseconds in a UUIDv7. */
function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
