/** Memories from elsewhere, in batches, each a thought of its own: what is broken off goes on where it was. */
import { INGEST_BATCH, PROBLEMS_NAMED_MAX } from "../../../actors/exchange/mod.ts";
import type { Item, Problem } from "../../../actors/exchange/importers/mod.ts";
import type { Door, IngestMemory } from "../../door/mod.ts";
import { INGEST_CHARACTERS } from "../limits.ts";

export interface MemoriesReport {
  readonly memories: number;
  readonly made: number;
  readonly known: number;
  readonly threads: number;
  readonly problems: number;
  /** The first of them. */
  readonly left_out: readonly Problem[];
}

export async function importMemories(
  door: Door,
  items: AsyncIterable<Item>,
  onBatch: (report: MemoriesReport) => void,
): Promise<MemoriesReport> {
  const leftOut: Problem[] = [];
  const threads = new Set<string>();
  const counts = { memories: 0, made: 0, known: 0, problems: 0 };
  let batch: IngestMemory[] = [];
  let characters = 0;
  const report = () => ({ ...counts, threads: threads.size, left_out: leftOut });
  const flush = async () => {
    if (batch.length === 0) return;
    const { made, known } = await door.exchange.ingest(batch, { who: "cli" });
    counts.memories += batch.length;
    counts.made += made;
    counts.known += known;
    [batch, characters] = [[], 0];
    onBatch(report());
  };
  for await (const item of items) {
    if ("problem" in item) {
      counts.problems++;
      if (leftOut.length < PROBLEMS_NAMED_MAX) leftOut.push(item.problem);
      continue;
    }
    threads.add(item.memory.thread);
    batch.push(item.memory);
    characters += item.memory.text.length;
    if (batch.length >= INGEST_BATCH || characters >= INGEST_CHARACTERS) await flush();
  }
  await flush();
  return report();
}
