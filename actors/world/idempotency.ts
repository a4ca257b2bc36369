/** Answers of thoughts that were committed under a caller's key, so that a repeated request changes nothing. */
import { keys, type Thought } from "../../kv/mod.ts";

interface Answered<T> {
  readonly value: T;
}

export async function readAnswered<T>(thought: Thought, key: string): Promise<Answered<T> | null> {
  return await thought.get<Answered<T>>(keys.idempotency(key));
}

/** Stands in the same atomic as the thought itself. */
export function writeAnswered(thought: Thought, key: string, value: unknown): void {
  thought.set(keys.idempotency(key), { value });
}
