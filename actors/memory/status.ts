/** How the memory is, in the words that health and the canvas show. */
import { type Embedder, type EmbeddingSpace, hashSpace } from "../../vector/mod.ts";
import type { MemoryStatus, PartStatus } from "../system/memory_port.ts";
import type { SpaceIndex } from "./space_index.ts";

export interface StatusSources {
  readonly embedder: Pick<Embedder, "status" | "space">;
  readonly active: EmbeddingSpace | null;
  readonly index: SpaceIndex | null;
  readonly moving: { readonly to: EmbeddingSpace; readonly done: number; readonly total: number } | null;
}

export function memoryStatus({ embedder, active, index, moving }: StatusSources): MemoryStatus {
  const { state, progress, detail } = embedder.status;
  const space = active ?? embedder.space;
  return {
    index: indexStatus(index, moving),
    embedder: {
      state,
      ...(progress === undefined ? {} : { progress }),
      ...(detail === undefined ? {} : { detail }),
    },
    space: { id: space.id, model: space.model, dimensions: space.dimensions },
    L1: { rows: index?.index.rows ?? 0, bytes: index?.index.bytes ?? 0 },
    L2: { rows: 0, segments: 0 },
    degraded: degradations({ embedder, active, index, moving }),
    archive: { state: "idle", restarts: 0, reason: null },
  };
}

function indexStatus(index: SpaceIndex | null, moving: StatusSources["moving"]): PartStatus {
  if (index === null) return { state: "starting", detail: "it waits for the embedding model" };
  if (!index.ready) {
    return { state: "starting", detail: `it is being filled: ${index.loaded} memories so far` };
  }
  if (moving !== null) {
    const progress = moving.total === 0 ? 0 : Math.min(1, moving.done / moving.total);
    const detail = `${moving.done} of ${moving.total} memories are re-embedded into ${moving.to.model}`;
    return { state: "ready", progress, detail };
  }
  return { state: "ready" };
}

function degradations({ embedder, active, index, moving }: StatusSources): MemoryStatus["degraded"] {
  const found: { part: string; reason: string; hint: string }[] = [];
  const { state, detail } = embedder.status;
  const lexical = (active ?? embedder.space).id === hashSpace.id;
  if (lexical && state !== "starting") {
    found.push({
      part: "embedder",
      reason: `Memories are found by their words, not by their meaning, as no embedding model is there` +
        (detail === undefined ? "" : `: ${detail}`),
      hint: "Set TELOS_MODELS to a folder with all-MiniLM-L6-v2, or connect to the internet and start again.",
    });
  } else if (state === "failed") {
    found.push({
      part: "embedder",
      reason: `The embedding model does not work: ${detail ?? "no reason is known"}`,
      hint: "It is tried again by itself; until then nothing can be remembered or recalled.",
    });
  }
  if (moving !== null) {
    found.push({
      part: "memory",
      reason: `Memories are being re-embedded into ${moving.to.model}: ${moving.done} of ${moving.total}`,
      hint: "Nothing to do: the present space serves until it is done.",
    });
  }
  if (index !== null && index.corrupt > 0) {
    found.push({
      part: "memory",
      reason: `${index.corrupt} vectors in the store are not vectors of the space ${index.space.id}`,
      hint: "Those memories are not found by recall; edit their text to make their vector anew.",
    });
  }
  return found;
}
