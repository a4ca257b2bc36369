/**
 * Records of the log that are written anew, when history is pruned or something forgotten: many in one atomic operation,
 * and one that does not fit into any as one all the same. What such a record needs is staged under a name of its own;
 * one operation makes the record refer to it, and says what is to go; whoever comes next after a crash removes what was
 * staged in vain, or what is to go.
 */
import { deleteKeys, writeChunks } from "./blobs.ts";
import { type Key, keys, measureKey } from "./keys.ts";
import { atomicBytesMax, atomicKeyBytesMax, pruneMutationsMax } from "./limits.ts";
import type { Packed } from "./record.ts";
import { openRedoChunk, redoChunks, type StagedParts } from "./redo.ts";
import { open, seal } from "./sealed.ts";

/** One record as it is going to be. */
export interface Rewritten {
  readonly key: Key;
  readonly packed: Packed;
  /** Keys of the parts into which it is spilled as it is now. */
  readonly old: readonly Key[];
  /** What else is needed no more. */
  readonly deletes: readonly Key[];
}

export interface RewriteOptions {
  readonly kv: Deno.Kv;
  readonly newId: () => string;
  /** Called at `rewrite.{staged,parts,decided}`, for tests that end the process there. */
  readonly crash: (point: string) => void;
}

/** Records that are written anew in one atomic operation. */
export class RewriteBatch {
  readonly #options: RewriteOptions;
  #records: Rewritten[] = [];
  #mutations = 0;
  #bytes = 0;
  #keyBytes = 0;

  constructor(options: RewriteOptions) {
    this.#options = options;
  }

  takes(record: Rewritten): boolean {
    const { mutations, bytes, keyBytes } = weigh(record);
    return this.#mutations + mutations <= pruneMutationsMax && this.#bytes + bytes <= atomicBytesMax &&
      this.#keyBytes + keyBytes <= atomicKeyBytesMax;
  }

  /** What does not fit even an empty batch is written at once, by itself. */
  async add(record: Rewritten): Promise<void> {
    if (this.#records.length === 0 && !this.takes(record)) return await rewriteAlone(this.#options, record);
    const { mutations, bytes, keyBytes } = weigh(record);
    this.#records.push(record);
    this.#mutations += mutations;
    this.#bytes += bytes;
    this.#keyBytes += keyBytes;
  }

  async write(): Promise<void> {
    if (this.#records.length === 0) return;
    const atomic = this.#options.kv.atomic();
    for (const { key, packed, old, deletes } of this.#records) {
      for (const each of [...deletes, ...old]) atomic.delete(each);
      for (const [part, bytes] of packed.parts) atomic.set(part, bytes);
      atomic.set(key, packed.stored);
    }
    await atomic.commit();
    this.#records = [];
    this.#mutations = this.#bytes = this.#keyBytes = 0;
  }
}

function weigh(
  { key, packed, old, deletes }: Rewritten,
): { mutations: number; bytes: number; keyBytes: number } {
  const written = [...packed.parts, [key, packed.stored] as const];
  let keyBytes = 0;
  for (const each of [...old, ...deletes]) keyBytes += measureKey(each);
  let bytes = 0;
  for (const [each, value] of written) {
    const own = measureKey(each);
    keyBytes += own;
    // The store counts the key of what is set twice.
    bytes += own + value.byteLength;
  }
  return { mutations: old.length + deletes.length + written.length, bytes: bytes + keyBytes, keyBytes };
}

async function rewriteAlone({ kv, newId, crash }: RewriteOptions, record: Rewritten): Promise<void> {
  const { key, packed, old, deletes } = record;
  const batch = newId();
  const going = deletes.map((each) => ({ key: each, value: undefined, bytes: measureKey(each) }));
  const [[firstKey, first], ...rest] = [...redoChunks(batch, going)] as [
    [Key, Uint8Array],
    ...[Key, Uint8Array][],
  ];
  const staged = packed.parts.map(([part]) => part);
  const marked = (rewrite: "begun" | "decided", parts: readonly Key[]) =>
    seal({ ...open(firstKey, first) as object, rewrite, parts: partsOf(parts) }, firstKey);
  await writeChunks(kv, [[firstKey, marked("begun", staged)], ...rest]);
  crash("rewrite.staged");
  await writeChunks(kv, packed.parts);
  crash("rewrite.parts");
  await kv.atomic().set(key, packed.stored).set(firstKey, marked("decided", old)).commit();
  crash("rewrite.decided");
  await finishOne(kv, batch);
}

function partsOf(parts: readonly Key[]): StagedParts[] {
  return parts.length === 0 ? [] : [{ batch: String(parts[0]![1]), count: parts.length }];
}

/**
 * Ends what a crash, or a failure, has interrupted; nothing else may write records anew meanwhile.
 * @throws CorruptError
 */
export async function finishRewrites(kv: Deno.Kv): Promise<void> {
  for await (const { key, value } of kv.list<unknown>({ prefix: ["redo"] })) {
    if (key[2] === 0 && openRedoChunk(key, value).rewrite !== undefined) await finishOne(kv, String(key[1]));
  }
}

/** Removes what was staged for a record that stayed as it was, or what is to go as it was written anew. */
async function finishOne(kv: Deno.Kv, batch: string): Promise<void> {
  const chunks: Key[] = [];
  let decided = false;
  for await (const { key, value } of kv.list<unknown>({ prefix: ["redo", batch] })) {
    const { writes, parts = [], rewrite } = openRedoChunk(key, value);
    decided ||= rewrite === "decided";
    chunks.push(key);
    if (decided) await deleteKeys(kv, writes.map(([each]) => each));
    for (const { batch, count } of parts) {
      await deleteKeys(kv, Array.from({ length: count }, (_, n) => keys.part(batch, n)));
    }
  }
  // The first says what the others are: without it they are swept as what a large thought left.
  await deleteKeys(kv, chunks);
}
