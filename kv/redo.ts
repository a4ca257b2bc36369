/**
 * Thoughts whose writes do not fit one atomic operation. Their writes are staged in chunks that nothing refers to;
 * the deciding operation makes the head name them; then they are applied, idempotently, by whoever holds the image,
 * and removed. A chunk that the head does not name was never decided, or is applied already, and is swept.
 */
import { z } from "zod";
import { deleteKeys, writeChunks } from "./blobs.ts";
import { CorruptError } from "./errors.ts";
import { type Head, type HeadForm, readHead, type RedoPointer, sealHead, toHead } from "./head.ts";
import { type Key, keys, measureKey } from "./keys.ts";
import { atomicKeyBytesMax, atomicMutationsMax, chunkBytes, readKeysMax } from "./limits.ts";
import { open, seal } from "./sealed.ts";

/** A write in its sealed form; `value` is undefined for a deletion. */
export interface StoredWrite {
  readonly key: Key;
  readonly value: Uint8Array | undefined;
  /** Upper bound of key and value. */
  readonly bytes: number;
}

/** Parts of a log record that belong to an undecided thought: swept with it. */
export interface StagedParts {
  readonly batch: string;
  readonly count: number;
}

const keyForm = z.custom<Key>((value) => Array.isArray(value) && value.length > 0);
const chunkForm = z.object({
  v: z.literal(1),
  writes: z.array(z.union([z.tuple([keyForm]), z.tuple([keyForm, z.instanceof(Uint8Array)])])),
  parts: z.array(z.object({ batch: z.string(), count: z.number().int() })).optional(),
  /** In the first chunk, when it is a record of the log that is written anew: see `rewrite.ts`. */
  rewrite: z.enum(["begun", "decided"]).optional(),
});

/** What one write takes in a chunk besides its key and value, at most. */
export const listedBytes = 24;

/** The chunks that carry some writes; the first also names the parts that are going to be staged beside them. */
export function* redoChunks(
  batch: string,
  writes: Iterable<StoredWrite>,
  parts: readonly StagedParts[] = [],
): Generator<[Key, Uint8Array]> {
  let chunks = 0;
  let list: unknown[] = [];
  let size = 0;
  const close = (): [Key, Uint8Array] => {
    const key = keys.redo(batch, chunks);
    return [key, seal({ v: 1, writes: list, ...(chunks++ === 0 ? { parts } : {}) }, key)];
  };
  for (const write of writes) {
    if (list.length > 0 && size + write.bytes > chunkBytes) {
      yield close();
      list = [];
      size = 0;
    }
    list.push(write.value === undefined ? [write.key] : [write.key, write.value]);
    size += write.bytes + listedBytes;
  }
  yield close();
}

/** Writes chunks ahead of the decision. */
export async function stageRedo(
  kv: Deno.Kv,
  batch: string,
  writes: readonly StoredWrite[],
  parts: readonly StagedParts[],
): Promise<RedoPointer> {
  let chunks = 0;
  let page: [Key, Uint8Array][] = [];
  for (const chunk of redoChunks(batch, writes, parts)) {
    page.push(chunk);
    chunks++;
    if (page.length < readKeysMax) continue;
    await writeChunks(kv, page);
    page = [];
  }
  await writeChunks(kv, page);
  return { batch, chunks, mutations: writes.length };
}

/** Removes what an undecided thought staged. */
export async function unstageRedo(
  kv: Deno.Kv,
  batch: string,
  chunks: number,
  parts: readonly StagedParts[],
): Promise<void> {
  await deleteKeys(kv, parts.flatMap(({ batch, count }) => numbered(count, (n) => keys.part(batch, n))));
  await deleteKeys(kv, numbered(chunks, (n) => keys.redo(batch, n)));
}

/**
 * Applies the redo that the head names, in atomic operations that check the head, clears it and answers the new
 * head. A crash at any point leaves a head that still names it: applying it again gives the same image.
 * @throws CorruptError for a chunk that is missing or damaged; what comes after it is not applied.
 */
export async function finishRedo(kv: Deno.Kv, head: Head): Promise<Head> {
  const pointer = head.redo;
  if (pointer === null) return head;
  const check = { key: keys.head(), versionstamp: head.versionstamp };
  const form: HeadForm = { v: 1, epoch: head.epoch, at: head.at, count: 0, position: head.position };
  let applied = 0;
  for await (const group of readGroups(kv, pointer)) {
    applied += group.length;
    const isLast = applied === pointer.mutations;
    const atomic = kv.atomic().check(check);
    for (const [key, ...value] of group) {
      if (value.length === 0) atomic.delete(key);
      else atomic.set(key, value[0]);
    }
    // What the last one deletes of the redo is what makes it unknown; the rest is swept by whoever comes next.
    if (isLast) atomic.set(keys.head(), sealHead(form)).delete(keys.redo(pointer.batch, 0));
    const result = await atomic.commit();
    if (!result.ok) return await finishedElsewhere(kv, pointer);
    if (!isLast) continue;
    await deleteKeys(kv, numbered(pointer.chunks, (n) => keys.redo(pointer.batch, n)).slice(1));
    return toHead(form, result.versionstamp);
  }
  throw new CorruptError("a large thought", `it has ${applied} of ${pointer.mutations} writes`, {
    ...pointer,
  });
}

async function finishedElsewhere(kv: Deno.Kv, pointer: RedoPointer): Promise<Head> {
  const head = readHead(await kv.get(keys.head()));
  return head.redo?.batch === pointer.batch ? await finishRedo(kv, head) : head;
}

type RedoMutation = z.infer<typeof chunkForm>["writes"][number];

/** The redo's writes in groups that fit one atomic operation each. */
async function* readGroups(kv: Deno.Kv, pointer: RedoPointer): AsyncGenerator<RedoMutation[]> {
  let group: RedoMutation[] = [];
  let bytes = 0;
  let keyBytes = 0;
  for (let from = 0; from < pointer.chunks; from += readKeysMax) {
    const wanted = numbered(
      Math.min(readKeysMax, pointer.chunks - from),
      (n) => keys.redo(pointer.batch, from + n),
    );
    for (const entry of await kv.getMany<unknown[]>(wanted)) {
      const { writes } = openRedoChunk(entry.key, entry.value);
      const size = (entry.value as Uint8Array).byteLength;
      if (bytes + size > 10 * chunkBytes && group.length > 0) {
        yield group;
        group = [];
        bytes = keyBytes = 0;
      }
      bytes += size;
      for (const mutation of writes) {
        const keySize = measureKey(mutation[0]);
        if (group.length >= atomicMutationsMax || keyBytes + keySize > atomicKeyBytesMax) {
          yield group;
          group = [];
          bytes = size;
          keyBytes = 0;
        }
        group.push(mutation);
        keyBytes += keySize;
      }
    }
  }
  if (group.length > 0 || pointer.mutations === 0) yield group;
}

/** What stands in a chunk. @throws CorruptError */
export function openRedoChunk(key: Key, value: unknown): z.infer<typeof chunkForm> {
  const what = "a large thought that waits to be applied";
  const found = chunkForm.safeParse(open(key, value, what));
  if (found.success) return found.data;
  throw new CorruptError(what, z.prettifyError(found.error), { key });
}

/** At opening, once the head names none: removes what a crash left of undecided or finished large thoughts. */
export async function sweepRedo(kv: Deno.Kv): Promise<void> {
  const orphans: Key[] = [];
  for await (const entry of kv.list<unknown>({ prefix: ["redo"] }, { batchSize: readKeysMax })) {
    orphans.push(entry.key);
    if (entry.key[2] !== 0) continue;
    for (const { batch, count } of openRedoChunk(entry.key, entry.value).parts ?? []) {
      await deleteKeys(kv, numbered(count, (n) => keys.part(batch, n)));
    }
  }
  await deleteKeys(kv, orphans);
}

function numbered<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => make(n));
}
