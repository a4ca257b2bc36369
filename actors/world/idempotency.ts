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
import { ImageError } from "../errors.ts";

/** The key under which a caller may repeat a request. */
export interface IdempotencyKey {
  readonly key: string;
  /** Tells this request from any other; without it whatever was answered under the key stands. */
  readonly digest?: string | undefined;
}

interface Answered<T> {
  readonly value: T;
  readonly thought: string;
  /** Of the request; absent in answers to one that had none, or that older programs stored. */
  readonly digest?: string;
}

/** A key that comes again with another request: nothing is done, as its answer would be another's. */
export class IdempotencyConflictError extends ImageError {
  constructor(key: string) {
    super("idempotency_conflict", `The idempotency key "${key}" was used for another request`, {
      hint: "Nothing was done. Use a key of its own for each request, and the same one only to repeat it.",
      details: { key },
    });
  }
}

/** Thoughts that one atomic operation of the store can carry. */
const GROUP_MAX = 1_000;
const FORGET_BATCH = 500;

/** @throws {IdempotencyConflictError} when it was another request that was answered */
export async function readAnswered<T>(thought: Thought, used: IdempotencyKey): Promise<Answered<T> | null> {
  const answered = await thought.get<Answered<T>>(keys.idempotency(used.key));
  refuseOther(answered, used);
  return answered;
}

/**
 * For what is refused or done before it is a thought, or is none.
 * @throws {IdempotencyConflictError} when the key has answered another request
 */
export async function refuseOtherUse(store: Store, used: IdempotencyKey): Promise<void> {
  const entry = await store.get<Answered<unknown>>(keys.idempotency(used.key));
  refuseOther(entry?.value ?? null, used);
}

function refuseOther(answered: Answered<unknown> | null, { key, digest }: IdempotencyKey): void {
  const known = answered?.digest;
  if (known !== undefined && digest !== undefined && known !== digest) {
    throw new IdempotencyConflictError(key);
  }
}

/** Stands in the same atomic as the thought itself. */
export function writeAnswered(thought: Thought, { key, digest }: IdempotencyKey, value: unknown): void {
  thought.set(keys.idempotency(key), {
    value,
    thought: thought.id,
    ...(digest === undefined ? {} : { digest }),
  });
}

/**
 * Runs a thought, again when it failed and the same request has been answered meanwhile: its answer stands, and what
 * the second one ran into was the first one's work.
 */
export async function onceByKey<T>(
  store: Store,
  used: IdempotencyKey | undefined,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (used === undefined || (await store.get(keys.idempotency(used.key))) === null) throw error;
    return await run();
  }
}

/** Where the thought stands that was committed under the key. */
export async function positionOfAnswer(store: Store, { key }: IdempotencyKey): Promise<Position> {
  const entry = await store.get<Answered<unknown>>(keys.idempotency(key));
  if (entry === null) return store.position;
  const { epoch } = parsePosition(store.position);
  const before = (BigInt(`0x${entry.versionstamp}`) - 1n).toString(16).padStart(20, "0");
  const after = formatPosition(epoch, before, 9_999);
  const isIt = ({ id }: { readonly id: string }) => id === entry.value.thought;
  const found = (await store.log({ after, limit: GROUP_MAX, images: false })).find(isIt) ??
    // The writes of a large thought have later stamps than its record.
    (await store.log({ newest: true, limit: GROUP_MAX, images: false })).find(isIt);
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
