/** What history costs, in bytes, as the store holds it: counted from the log's records and what they refer to. */
import { z } from "zod";
import { referencedBytes } from "./blobs.ts";
import { CorruptError } from "./errors.ts";
import { countedBatch, countingMs } from "./limits.ts";
import { type Key, keys, measureKey, readStampKey } from "./keys.ts";
import { formatPosition, type Position, startOfEpoch } from "./position.ts";
import type { Reader } from "./reader.ts";
import { readRecord, spilledBytes } from "./record.ts";
import { isReference, open, seal } from "./sealed.ts";

export interface HistoryCost {
  /** The oldest position that can be read, and the last that was counted. */
  readonly horizon: Position;
  readonly upTo: Position;
  readonly thoughts: number;
  /** Of those, the ones whose before-images are dropped. */
  readonly pruned: number;
  /** Log records without their before-images. */
  readonly logBytes: number;
  readonly imageBytes: number;
  /** Before-images that stand in chunks. */
  readonly blobBytes: number;
  /** An upper bound: the keys that say where an object changed. */
  readonly versionBytes: number;
  readonly totalBytes: number;
}

/** A count that goes on where it ended; of no use once something before its end was written anew. */
const countedForm = z.object({
  v: z.literal(1),
  /** Up to where history was dropped then. */
  horizon: z.string(),
  cost: z.object({
    horizon: z.string(),
    upTo: z.string(),
    thoughts: z.number(),
    pruned: z.number(),
    logBytes: z.number(),
    imageBytes: z.number(),
    blobBytes: z.number(),
    versionBytes: z.number(),
    totalBytes: z.number(),
  }),
});
export type Counted = z.infer<typeof countedForm>;

/** Null for none, and for one that does not read: it is counted anew then. */
export async function readCounted(kv: Deno.Kv): Promise<Counted | null> {
  const key = keys.cost();
  const { value } = await kv.get<unknown>(key);
  if (value === null) return null;
  try {
    return countedForm.safeParse(open(key, value)).data ?? null;
  } catch (error) {
    // `verify` tells it; what it holds follows from the log.
    if (error instanceof CorruptError) return null;
    throw error;
  }
}

export async function writeCounted(kv: Deno.Kv, counted: Counted): Promise<void> {
  await kv.set(keys.cost(), seal(counted, keys.cost()));
}

const nothing: HistoryCost = {
  horizon: startOfEpoch(1),
  upTo: startOfEpoch(1),
  thoughts: 0,
  pruned: 0,
  logBytes: 0,
  imageBytes: 0,
  blobBytes: 0,
  versionBytes: 0,
  totalBytes: 0,
};

export interface MeasureOptions {
  readonly head: Position;
  readonly known: HistoryCost | null;
  /** Rest as long as it works. */
  readonly gently: boolean;
  readonly signal: AbortSignal;
}

/** Counts what was added since `known`, in the log's order. @throws the signal's reason, CorruptError */
export async function measureHistory(
  reader: Reader,
  { head, known, gently, signal }: MeasureOptions,
): Promise<HistoryCost> {
  let worked = performance.now();
  const sum = { ...known ?? nothing };
  const start = startAfter(sum.upTo);
  for await (
    const { key, value } of reader.kv.list<unknown>({ prefix: ["log"], start }, { batchSize: countedBatch })
  ) {
    const place = readStampKey(key);
    if (place === null) continue;
    const last = formatPosition(place.epoch, place.versionstamp, 9_999);
    if (last <= sum.upTo) continue;
    if (formatPosition(place.epoch, place.versionstamp, 0) > head) break;
    const { thoughts } = await readRecord(reader.kv, key, value);
    const bytes = (value as Uint8Array).byteLength + spilledBytes(key, value);
    let images = 0;
    for (const [n, thought] of thoughts.entries()) {
      sum.thoughts++;
      if (thought.pruned === true) sum.pruned++;
      const position = formatPosition(place.epoch, place.versionstamp, n);
      for (const [changed, before] of thought.changes) {
        images += before?.byteLength ?? 0;
        if (before !== null && isReference(before)) sum.blobBytes += referencedBytes(before, changed);
        if (thought.pruned !== true) sum.versionBytes += measureKey(keys.version(changed, position)) + 8;
      }
    }
    sum.imageBytes += images;
    sum.logBytes += Math.max(0, bytes - images);
    sum.upTo = last;
    signal.throwIfAborted();
    if (!gently || performance.now() - worked < countingMs) continue;
    await new Promise((resolve) => setTimeout(resolve, countingMs));
    worked = performance.now();
  }
  sum.totalBytes = sum.logBytes + sum.imageBytes + sum.blobBytes + sum.versionBytes;
  return sum;
}

function startAfter(position: Position): Key {
  const [epoch, versionstamp] = [Number(position.slice(0, 6)), position.slice(7, 27)];
  return keys.log(epoch, versionstamp);
}
