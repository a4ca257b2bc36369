/**
 * Restores a chain into a new image, as of any thought or time that it reaches, history included. Links are read one
 * after another, every chunk checked before it is used; what changed after the point gets back what it held. What is
 * derived (version keys, and what `derive` makes of each object) is made anew. A crash leaves no half image.
 */
import type { Key } from "../keys.ts";
import { keys } from "../keys.ts";
import { CorruptError, SchemaError } from "../errors.ts";
import { makeId } from "../make_id.ts";
import { resolveStored } from "../blobs.ts";
import { migrations, schemaAfter } from "../schema.ts";
import { seal } from "../sealed.ts";
import { ImageBuilder, type NewImage } from "../new_image.ts";
import { type Position, startOfEpoch } from "../position.ts";
import type { BackupKey } from "./backup_key.ts";
import { openChunk } from "./chunk_codec.ts";
import { type Chain, type Link, wrongWith } from "./chain.ts";
import { BackupDamagedError, BackupKeyError, NoBackupError } from "./errors.ts";
import { readWhole } from "./files.ts";
import { type ChunkEntry, placeOfChunk } from "./manifest.ts";
import { LinkReplay } from "./replay.ts";
import { chooseChain, findGoodPoint, type Wanted } from "./choose_chain.ts";
import { sweepChunks } from "./sweep_chunks.ts";

/** Keys that follow from an object alone, such as its name and its place among the children of its parents. */
export type Derive = (oid: string, value: unknown) => Iterable<readonly [Key, unknown]>;

export interface RestoreOptions extends Wanted {
  /** The new image's folder: not there, or empty. */
  readonly into: string;
  readonly derive: Derive;
  readonly clock?: () => number;
  readonly crash?: (point: string) => void;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RestoreProgress) => void;
}

export interface RestoreProgress {
  readonly phase: "reading" | "indexing";
  /** Bytes of chunks read, or objects indexed. */
  readonly done: number;
  readonly of: number | null;
}

export interface RestoreResult extends NewImage {
  readonly from: { readonly imageId: string; readonly chain: string; readonly link: number };
  /** The last thought that the new image holds, in the old one's order, and its time. */
  readonly restored: Position;
  readonly at: number;
  readonly entries: number;
  readonly objects: number;
  /** Objects that were damaged in the image already: they are there as they were. */
  readonly unreadable: number;
  readonly bytes: number;
}

/** @throws NoBackupError, BackupDamagedError, BackupKeyError, OccupiedError, FolderError; nothing is left then */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreResult> {
  const { key = null, into } = options;
  const { chain, links, upTo } = await chooseChain(options);
  checkKey(chain, links, key);
  checkSchema(links);
  const builder = await ImageBuilder.begin(into, {
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    beforeRename: () => options.crash?.("restore.done"),
  });
  try {
    const replay = await replayLinks(builder, { chain, links, upTo, options });
    const derived = await deriveKeys(builder, options);
    if (replay.rolledBack > 0) await sweepChunks(builder);
    const { manifest } = links.at(-1)!;
    const made = await builder.finish({
      how: "restore",
      imageId: chain.imageId,
      position: replay.position,
      epoch: manifest.epoch,
      schema: manifest.schema,
      at: replay.at,
      horizon: horizonOf(links),
      ...(replay.undropped ? { dropped: startOfEpoch(1) } : {}),
    });
    return {
      ...made,
      from: { imageId: chain.imageId, chain: chain.chain, link: manifest.index },
      restored: replay.position,
      at: replay.at,
      entries: builder.written,
      ...derived,
      bytes: bytesOfLinks(links),
    };
  } catch (error) {
    await builder.discard();
    throw error;
  }
}

function checkKey(chain: Chain, links: readonly Link[], key: BackupKey | null): void {
  for (const { manifest } of links) {
    const needed = manifest.encryption?.keyId ?? null;
    if (needed === null || needed === key?.id) continue;
    throw new BackupKeyError(
      `Cannot read the chain ${chain.chain} as it is encrypted with the key ${needed}: ` +
        (key === null ? "none was given" : `the key given is ${key.id}`),
      { chain: chain.chain, needed, given: key?.id ?? null },
    );
  }
}

/** @throws SchemaError for what a newer program has backed up */
function checkSchema(links: readonly Link[]): void {
  const known = schemaAfter(migrations);
  const newest = Math.max(...links.map(({ manifest }) => manifest.schema));
  if (newest > known) throw new SchemaError(newest, known);
}

interface Replay {
  readonly chain: Chain;
  readonly links: readonly Link[];
  readonly upTo: Position | number;
  readonly options: RestoreOptions;
}

interface Replayed {
  readonly position: Position;
  readonly at: number;
  readonly rolledBack: number;
  readonly undropped: boolean;
}

async function replayLinks(
  builder: ImageBuilder,
  { chain, links, upTo, options }: Replay,
): Promise<Replayed> {
  const of = bytesOfLinks(links);
  const newId = () => makeId((options.clock ?? Date.now)());
  let done = 0;
  let last: Replayed | null = null;
  let taken = 0;
  let undropped = false;
  for (const link of links) {
    const { manifest } = link;
    const replay: LinkReplay = new LinkReplay(builder, { manifest, upTo, at: last?.at ?? 0, newId });
    for (const [n, chunk] of manifest.chunks.entries()) {
      options.signal?.throwIfAborted();
      for (const page of await readChunk(chain, link, { n, chunk, options })) {
        for (const entry of page) await replay.take(entry);
      }
      options.crash?.("restore.chunk");
      options.onProgress?.({ phase: "reading", done: done += chunk.bytes, of });
    }
    undropped ||= replay.undropped;
    last = { position: replay.position, at: replay.at, rolledBack: replay.rolledBack, undropped };
    taken += replay.taken;
  }
  if (typeof upTo === "number" && taken === 0) throw tooOld(upTo, chain);
  return last!;
}

/** What the image was before its history began cannot be told from a time. */
function tooOld(time: number, chain: Chain): NoBackupError {
  return new NoBackupError(
    `The chain ${chain.chain} holds no thought as old as ${new Date(time).toISOString()}`,
    "Name a later time, or a position; telos restore --list shows the points.",
    { chain: chain.chain, time },
  );
}

async function readChunk(
  chain: Chain,
  { manifest }: Link,
  { n, chunk, options }: { n: number; chunk: ChunkEntry; options: RestoreOptions },
) {
  const bytes = await readWhole(`${chain.folder}/${chunk.file}`);
  const wrong = bytes === null ? "is missing" : wrongWith(bytes, chunk);
  const pages = wrong === null
    ? await openChunk(bytes!, manifest.encryption === null ? null : options.key!, placeOfChunk(manifest, n))
    : null;
  if (pages !== null) return pages;
  const { index } = manifest;
  const message = `link ${index}: "${chunk.file}" ${
    wrong ?? "does not open: it is altered, or of another place"
  }`;
  const problem = { link: index, file: `${chain.folder}/${chunk.file}`, message };
  throw new BackupDamagedError(chain.chain, problem, await findGoodPoint(options, chain, index));
}

/** What follows from the objects, once they are as they are going to be. */
async function deriveKeys(
  builder: ImageBuilder,
  options: RestoreOptions,
): Promise<{ readonly objects: number; readonly unreadable: number }> {
  await builder.flush();
  let objects = 0;
  let unreadable = 0;
  for await (
    const { key, value } of builder.kv.list<Uint8Array>({ prefix: keys.objects() }, { batchSize: 500 })
  ) {
    const object = await readObject(builder.kv, key, value);
    if (object === null) unreadable++;
    else {
      for (const [derived, of] of options.derive(String(key[1]), object.value)) {
        await builder.put(derived, seal(of, derived));
      }
    }
    if (++objects % 1_000 > 0) continue;
    options.signal?.throwIfAborted();
    options.onProgress?.({ phase: "indexing", done: objects, of: null });
  }
  return { objects, unreadable };
}

/** Null for one that was damaged in the image already: it is restored as it was, and nothing follows from it. */
async function readObject(
  kv: Deno.Kv,
  key: Key,
  stored: Uint8Array,
): Promise<{ readonly value: unknown } | null> {
  try {
    return { value: await resolveStored(kv, stored, key) };
  } catch (error) {
    if (error instanceof CorruptError) return null;
    throw error;
  }
}

/** Links are without a gap, so history begins where the first does, or where a later one says it was pruned to. */
function horizonOf(links: readonly Link[]): Position {
  return links.reduce(
    (oldest, { manifest: { from, horizon } }) => horizon > from && horizon > oldest ? horizon : oldest,
    links[0]!.manifest.horizon,
  );
}

function bytesOfLinks(links: readonly Link[]): number {
  return links.flatMap(({ manifest }) => manifest.chunks).reduce((sum, { bytes }) => sum + bytes, 0);
}
