/** Vectors of many texts. One that brings the model down is found by halves and left out, so that the others are taken. */
import { EmbeddingError } from "../../vector/mod.ts";
import type { MemoryPort } from "../system/mod.ts";
import type { Chunk } from "./entry.ts";

/** By oid; those that the model cannot take have none. @throws whatever else embedding throws */
export async function embedChunks(
  memory: MemoryPort,
  chunks: readonly Chunk[],
  signal: AbortSignal,
): Promise<Map<string, Float32Array>> {
  if (chunks.length === 0) return new Map();
  try {
    const vectors = await memory.embed(chunks.map(({ text }) => text), signal);
    return new Map(chunks.map(({ oid }, at) => [oid, vectors[at]!]));
  } catch (error) {
    if (!(error instanceof EmbeddingError) || error.code !== "embedding_failed") throw error;
    if (chunks.length === 1) return new Map();
    const half = chunks.length >> 1;
    const first = await embedChunks(memory, chunks.slice(0, half), signal);
    return new Map([...first, ...await embedChunks(memory, chunks.slice(half), signal)]);
  }
}
