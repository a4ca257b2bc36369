/**
 * Takes memories from elsewhere into an image. Each brings an oid that was made of what it says and where it stood, so
 * that one that is there already is known at sight: taking the same ones in again, or going on after a crash, makes
 * nothing twice and embeds nothing twice.
 */
import type { Position } from "../../kv/mod.ts";
import type { Slot } from "../object/mod.ts";
import type { MemoryPort } from "../system/mod.ts";
import { create, resolveIn, type World } from "../world/mod.ts";

export interface IngestMemory {
  /** Made by `derivedOid`. */
  readonly oid: string;
  readonly text: string;
  readonly source: string;
  readonly thread: string;
  readonly author?: string | undefined;
  /** When it happened, milliseconds since 1970. */
  readonly at?: number | undefined;
}

export interface IngestReport {
  readonly position: Position;
  readonly made: number;
  /** Memories that were there already, whatever has become of their text since. */
  readonly known: number;
}

export interface IngestPorts {
  readonly world: World;
  readonly memory: () => Promise<MemoryPort>;
  readonly clock?: () => number;
}

/** One thought. @throws {UnavailableError} while no model is there, retryable */
export async function ingestMemories(
  { world, memory: running, clock = Date.now }: IngestPorts,
  memories: readonly IngestMemory[],
  who: string,
): Promise<IngestReport> {
  const unseen: IngestMemory[] = [];
  for (const memory of new Map(memories.map((each) => [each.oid, each])).values()) {
    if ((await world.registry.load(memory.oid)) === null) unseen.push(memory);
  }
  const known = memories.length - unseen.length;
  if (unseen.length === 0) return { position: world.store.position, made: 0, known };
  const memory = await running();
  const vectors = await memory.embed(unseen.map(({ text }) => text));
  const now = clock();
  const why = `import ${unseen.length} memories: ${unseen[0]!.source}`;
  const { position, value } = await world.thought({ who, why, kind: "import" }, async (tx) => {
    const prototype = await resolveIn(tx, "context_fractal_prototype");
    const rows = [];
    for (const [at, each] of unseen.entries()) {
      if ((await tx.read(each.oid)) !== null) continue;
      const slots = slotsOf(each, now);
      await create(tx, { oid: each.oid, at: now }, { name: null, parents: [prototype], slots });
      rows.push({ oid: each.oid, vector: vectors[at]! });
    }
    if (rows.length > 0) memory.stage(tx.thought, { rows, removed: [] });
    return rows.length;
  });
  return { position, made: value, known: memories.length - value };
}

function slotsOf({ text, source, thread, author, at }: IngestMemory, now: number): Record<string, Slot> {
  const data = (value: string | number): Slot => ({ kind: "data", value });
  return {
    text_chunk: data(text),
    creation_timestamp: data(at ?? now),
    source: data(source),
    thread: data(thread),
    ...(author === undefined ? {} : { author: data(author) }),
  };
}
