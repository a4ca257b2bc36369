/**
 * Takes an archive into an image that lives: one thought, in which what is there already stays as it is, what is new is
 * made under its own oid, and what conflicts is refused or treated as the caller has chosen. Vectors of the space that
 * serves are taken over; in another space memories are embedded again, before the thought.
 */
import { keys, type Position } from "../../kv/mod.ts";
import { readSpaces, STAGED_ROWS_MAX } from "../memory/mod.ts";
import { OBJECT_VERSION, type ObjectContext } from "../object/mod.ts";
import { type MemoryPort, placeMorph } from "../system/mod.ts";
import { create, normalizeName, type World, type WorldTransaction } from "../world/mod.ts";
import { type Conflict, type Found, mergeOf, type OnConflict, type Placed } from "./compare.ts";
import { ArchiveError, ImportConflictError, TooManyMemoriesError } from "./errors.ts";
import { EMBED_AT_ONCE } from "./limits.ts";
import type { Archive } from "./read_archive.ts";
import { type ExchangeRecord, stored, textOf } from "./record.ts";

export interface ImportProgress {
  readonly phase: "reading" | "embedding" | "writing";
  readonly done: number;
  readonly total: number;
}

export interface ImportOptions {
  readonly who: string;
  readonly onConflict: OnConflict;
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ImportReport {
  readonly position: Position;
  /** False when everything was there already. */
  readonly changed: boolean;
  readonly made: number;
  readonly replaced: number;
  readonly copied: number;
  /** Objects that are here already, under their own oid or, the same in content, under that of their name. */
  readonly same: number;
  /** Conflicts in which the image's own object stayed. */
  readonly skipped: number;
  /** Memories whose vectors were made again, as they are of another embedding space or have none. */
  readonly embedded: number;
  /** Objects that the exporting image could not read itself. */
  readonly damaged: readonly string[];
  readonly conflicts: readonly Conflict[];
}

export interface ImportPorts {
  readonly world: World;
  readonly memory: () => Promise<MemoryPort>;
}

interface Work {
  readonly archive: Archive;
  readonly records: ReadonlyMap<string, { readonly line: number; readonly record: ExchangeRecord }>;
  readonly onConflict: OnConflict;
  readonly memory: MemoryPort;
  /** Whether the archive's vectors are of the space that serves. */
  readonly sameSpace: boolean;
  readonly embedded: ReadonlyMap<string, Float32Array>;
}

/** @throws {ImportConflictError} {ArchiveError} and what a thought throws; then nothing was written */
export async function importArchive(
  { world, memory: running }: ImportPorts,
  archive: Archive,
  options: ImportOptions,
): Promise<ImportReport> {
  const memory = await running();
  const spaces = await readSpaces(world.store);
  const sameSpace = archive.head.space !== undefined && spaces?.active.id === archive.head.space.id;
  const texts = (await newMemories(world, archive)).flatMap((record) =>
    takesVector(record, sameSpace) ? [] : [textOf(record.context)!]
  );
  const embedded = await embedAll(memory, [...new Set(texts)], options);
  const records = new Map(archive.records.map((each) => [each.record.context.oid, each]));
  const work: Work = { archive, records, onConflict: options.onConflict, memory, sameSpace, embedded };
  options.onProgress?.({ phase: "writing", done: 0, total: archive.records.length });
  const why = `import ${archive.records.length} objects of the image ${archive.head.image}`;
  const { position, changed, value } = await world.thought(
    { who: options.who, why, kind: "import" },
    async (tx) => {
      options.signal?.throwIfAborted();
      const merge = mergeOf(
        archive.records.map(({ record }) => record.context),
        await find(tx, archive),
        options.onConflict,
      );
      if (options.onConflict === "refuse" && merge.conflicts.length > 0) {
        throw new ImportConflictError(merge.conflicts);
      }
      const placed = await withoutCopiesThere(tx, merge.placed);
      await checkParents(tx, placed, work);
      for (const each of placed) await write(tx, each, work);
      return { placed, same: merge.same + merge.placed.length - placed.length, conflicts: merge.conflicts };
    },
  );
  const count = (fate: Placed["fate"]) => value.placed.filter((each) => each.fate === fate).length;
  const written = value.placed.map(({ from }) => records.get(from)!.record);
  return {
    position,
    changed,
    made: count("made"),
    replaced: count("replaced"),
    copied: count("copied"),
    same: value.same,
    skipped: options.onConflict === "skip" ? value.conflicts.length : 0,
    embedded:
      written.filter((record) => textOf(record.context) !== null && !takesVector(record, sameSpace)).length,
    damaged: archive.damaged.map(({ oid }) => oid),
    conflicts: value.conflicts,
  };
}

function takesVector({ vector }: ExchangeRecord, sameSpace: boolean): boolean {
  return vector !== undefined && sameSpace;
}

/** Memories that the image does not have under the same oid. @throws {TooManyMemoriesError} */
async function newMemories(world: World, { records }: Archive): Promise<ExchangeRecord[]> {
  const found: ExchangeRecord[] = [];
  for (const { record } of records) {
    const text = textOf(record.context);
    if (text === null) continue;
    const here = await world.registry.load(record.context.oid);
    if (here === null || textOf(here.context) !== text) found.push(record);
  }
  if (found.length > STAGED_ROWS_MAX) throw new TooManyMemoriesError(found.length, STAGED_ROWS_MAX);
  return found;
}

async function embedAll(
  memory: MemoryPort,
  texts: readonly string[],
  { onProgress, signal }: ImportOptions,
): Promise<Map<string, Float32Array>> {
  const vectors = new Map<string, Float32Array>();
  for (let from = 0; from < texts.length; from += EMBED_AT_ONCE) {
    const page = texts.slice(from, from + EMBED_AT_ONCE);
    const made = await memory.embed(page, signal);
    page.forEach((text, at) => vectors.set(text, made[at]!));
    onProgress?.({ phase: "embedding", done: vectors.size, total: texts.length });
  }
  return vectors;
}

/** What the image holds of the archive's oids and names; all of it is part of what the thought has read. */
async function find(tx: WorldTransaction, { records }: Archive): Promise<Found> {
  const objects = new Map<string, ObjectContext>();
  const holders = new Map<string, ObjectContext>();
  for (const { line, record: { context } } of records) {
    const here = await tx.read(context.oid);
    if (here !== null) objects.set(context.oid, here);
    if (context.name === null) continue;
    if (normalizeName(context.name) !== context.name) {
      throw new ArchiveError(line, `has a name that is not in its stored form: "${context.name}"`);
    }
    const oid = await tx.holderOf(context.name);
    const holder = oid === null ? null : await tx.read(oid);
    if (holder !== null) holders.set(context.name, holder);
  }
  return { objects, holders };
}

/** A copy has the oid that its source gives it: one that an earlier import made is known by that. */
async function withoutCopiesThere(tx: WorldTransaction, placed: readonly Placed[]): Promise<Placed[]> {
  const kept: Placed[] = [];
  for (const each of placed) {
    if (each.fate !== "copied" || (await tx.read(each.context.oid)) === null) kept.push(each);
  }
  return kept;
}

async function checkParents(
  tx: WorldTransaction,
  placed: readonly Placed[],
  { records }: Work,
): Promise<void> {
  const coming = new Set(placed.map(({ context }) => context.oid));
  for (const { from, context } of placed) {
    for (const parent of context.parents) {
      if (coming.has(parent) || (await tx.read(parent)) !== null) continue;
      throw new ArchiveError(
        records.get(from)!.line,
        `names a parent that is neither in the archive nor in the image: ${parent}`,
      );
    }
  }
}

async function write(tx: WorldTransaction, { from, context, numbered }: Placed, work: Work): Promise<void> {
  const { record } = work.records.get(from)!;
  const { oid } = context;
  if (numbered) {
    await create(tx, { oid, at: context.createdAt }, { ...context, numbered });
  } else await tx.putBack(oid, { ...stored(context), version: OBJECT_VERSION });
  for (const [canvas, place] of Object.entries(record.morphs)) {
    await placeMorph(tx.thought, canvas, oid, place);
  }
  if (record.hypervector !== undefined) tx.thought.set(keys.hypervector(oid), record.hypervector);
  stageVector(tx, oid, record, work);
}

function stageVector(tx: WorldTransaction, oid: string, record: ExchangeRecord, work: Work): void {
  const text = textOf(record.context);
  if (text === null) return;
  if (takesVector(record, work.sameSpace)) {
    work.memory.putBack(tx.thought, keys.vector(work.archive.head.space!.id, oid), record.vector);
    return;
  }
  // One that changed meanwhile is embedded when the thought is sealed.
  const vector = work.embedded.get(text);
  if (vector !== undefined) work.memory.stage(tx.thought, { rows: [{ oid, vector }], removed: [] });
}
