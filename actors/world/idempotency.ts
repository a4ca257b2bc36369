/** Answers of thoughts that were committed under a caller's key, so that a repeated request changes nothing. */
import {
  formatPosition,
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

export async function readAnswered<T>(thought: Thought, key: string): Promise<Answered<T> | null> {
  return await thought.get<Answered<T>>(keys.idempotency(key));
}

/** Stands in the same atomic as the thought itself. */
export function writeAnswered(thought: Thought, key: string, value: unknown): void {
  thought.set(keys.idempotency(key), { value, thought: thought.id });
}

/** Where the thought stands that was committed under the key. */
export async function positionOfAnswer(store: Store, key: string): Promise<Position> {
  const entry = await store.get<Answered<unknown>>(keys.idempotency(key));
  if (entry === null) return store.position;
  const { epoch } = parsePosition(store.position);
  const before = (BigInt(`0x${entry.versionstamp}`) - 1n).toString(16).padStart(20, "0");
  const after = formatPosition(epoch, before, 9_999);
  const page = await store.log({ after, limit: GROUP_MAX });
  return page.find(({ id }) => id === entry.value.thought)?.position ?? store.position;
}
