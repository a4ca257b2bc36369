/**
 * From files to memories. While one batch is embedded, the one before it is committed and the next one is read, so that
 * the model is never kept waiting; no more than these three are held. Thoughts are small and let others between them.
 */
import { keys } from "../../kv/mod.ts";
import type { Slot } from "../object/mod.ts";
import type { MemoryPort } from "../system/mod.ts";
import { create, resolveIn, type World, type WorldTransaction } from "../world/mod.ts";
import { embedChunks } from "./embed_chunks.ts";
import type { Chunk, Entry } from "./entry.ts";
import { advanced, type Job, withProblems, writeJob } from "./job.ts";
import { COMMIT_CHUNKS, FIRST_ENTRIES, READ_ENTRIES } from "./limits.ts";
import type { SourceReader } from "./source_reader.ts";

export interface IngestPorts {
  readonly world: World;
  readonly memory: () => Promise<MemoryPort>;
  readonly clock: () => number;
  readonly reader: SourceReader;
  /** Called with each state of the job that holds now. */
  readonly onJob: (job: Job) => void;
}

interface Batch {
  readonly entries: readonly Entry[];
  readonly end: boolean;
  /** What is to be embedded: no text twice, none that is there. */
  readonly fresh: readonly Chunk[];
}

export class IngestRun {
  readonly #ports: IngestPorts;
  readonly #signal: AbortSignal;
  /** What is on its way into the image, and is found there by nobody yet. */
  readonly #pending = new Set<string>();
  #job: Job;

  constructor(ports: IngestPorts, job: Job, signal: AbortSignal) {
    this.#ports = ports;
    this.#job = job;
    this.#signal = signal;
  }

  /**
   * Until the end of what is read. What it had not committed by then is not written down yet.
   * @throws {IngestError} `ingest_reader`; the signal's reason; whatever embedding or committing throws
   */
  async run(): Promise<Job> {
    const memory = await this.#ports.memory();
    let reading = this.#read(FIRST_ENTRIES);
    let committing: Promise<void> = Promise.resolve();
    try {
      for (let end = false; !end;) {
        const batch = await reading;
        end = batch.end;
        if (!end) reading = heardLater(this.#read(READ_ENTRIES));
        const vectors = await embedChunks(memory, batch.fresh, this.#signal);
        await committing;
        committing = heardLater(this.#commit(memory, batch, vectors));
      }
    } finally {
      // What is being committed is, whatever else went wrong.
      await committing;
    }
    return this.#job;
  }

  async #read(count: number): Promise<Batch> {
    const { reader, world } = this.#ports;
    const { entries, end } = await reader.next(count);
    const chunks = new Map(entries.flatMap(({ chunk }) => chunk === undefined ? [] : [[chunk.oid, chunk]]));
    const unseen = [...chunks.values()].filter(({ oid }) => !this.#pending.has(oid));
    const asked = unseen.flatMap(({ oid, alias }) => alias === null ? [oid] : [oid, alias]);
    const stored = await world.store.getMany(asked.map((oid) => keys.object(oid)));
    const there = new Set(asked.filter((_, at) => stored[at] !== null));
    const fresh = unseen.filter(({ oid, alias }) => !there.has(oid) && (alias === null || !there.has(alias)));
    for (const { oid } of fresh) this.#pending.add(oid);
    return { entries, end, fresh };
  }

  async #commit(memory: MemoryPort, batch: Batch, vectors: ReadonlyMap<string, Float32Array>): Promise<void> {
    const failed = new Set(batch.fresh.filter(({ oid }) => !vectors.has(oid)).map(({ oid }) => oid));
    const left = new Map(batch.fresh.map((chunk) => [chunk.oid, chunk]));
    for (let from = 0; from < batch.entries.length; from += COMMIT_CHUNKS) {
      this.#signal.throwIfAborted();
      const entries = batch.entries.slice(from, from + COMMIT_CHUNKS);
      const chunks: Chunk[] = [];
      for (const { chunk } of entries) {
        if (chunk === undefined || !left.delete(chunk.oid)) continue;
        chunks.push(chunk);
      }
      const problems = chunks.filter(({ oid }) => failed.has(oid)).map(({ source }) => ({
        place: source,
        reason: "the embedding model ends over this text, it was left out",
      }));
      const base = withProblems(this.#job, problems);
      const taken = chunks.filter(({ oid }) => !failed.has(oid));
      // What is all there already is counted, and written down with what comes next.
      this.#job = taken.length === 0
        ? advanced(base, entries, 0)
        : await this.#think(memory, taken, vectors, (made) => advanced(base, entries, made));
      this.#ports.onJob(this.#job);
      for (const { oid } of chunks) this.#pending.delete(oid);
      // Whoever asks for something meanwhile comes first.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  async #think(
    memory: MemoryPort,
    chunks: readonly Chunk[],
    vectors: ReadonlyMap<string, Float32Array>,
    jobAfter: (made: number) => Job,
  ): Promise<Job> {
    const { world, clock } = this.#ports;
    const at = clock();
    const why = `ingest ${chunks.length} memories: ${chunks[0]!.source}`;
    const { value } = await world.thought({ who: this.#job.who, why, kind: "import" }, async (tx) => {
      const made = await makeMemories(tx, chunks, at);
      memory.stage(tx.thought, {
        rows: made.map((oid) => ({ oid, vector: vectors.get(oid)! })),
        removed: [],
      });
      const job = jobAfter(made.length);
      writeJob(tx.thought, job);
      return job;
    });
    return value;
  }
}

/** @returns the oids of those that were not there */
async function makeMemories(tx: WorldTransaction, chunks: readonly Chunk[], at: number): Promise<string[]> {
  const prototype = await resolveIn(tx, "context_fractal_prototype");
  const made: string[] = [];
  for (const chunk of chunks) {
    if ((await tx.read(chunk.oid)) !== null) continue;
    await create(tx, { oid: chunk.oid, at }, { name: null, parents: [prototype], slots: slotsOf(chunk, at) });
    made.push(chunk.oid);
  }
  return made;
}

function slotsOf(chunk: Chunk, now: number): Record<string, Slot> {
  const data = (value: string | number): Slot => ({ kind: "data", value });
  return {
    text_chunk: data(chunk.text),
    creation_timestamp: data(chunk.at ?? now),
    source: data(chunk.source),
    thread: data(chunk.thread),
    file: data(chunk.file),
    kind: data(chunk.kind),
    ...(chunk.author === null ? {} : { author: data(chunk.author) }),
  };
}

/** A promise that is awaited later: until then its failure is not an unhandled one. */
function heardLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
