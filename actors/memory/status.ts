/** How the memory is, in the words that health and the canvas show. */
import { type Embedder, type EmbeddingSpace, hashSpace } from "../../vector/mod.ts";
import type { MemoryStatus, PartStatus } from "../system/mod.ts";
import type { LexicalFollower } from "./lexical/mod.ts";
import type { Rebuild } from "./rebuild.ts";
import type { RecallSettings } from "./recall_settings.ts";
import type { ArchiveBridge } from "./archive_bridge.ts";
import type { SpaceIndex } from "./space_index.ts";
import type { SpaceMove } from "./space_move.ts";

export interface StatusSources {
  readonly embedder: Pick<Embedder, "status" | "space">;
  readonly active: EmbeddingSpace | null;
  readonly index: SpaceIndex | null;
  readonly move: Pick<SpaceMove, "to" | "done" | "total"> | null;
  readonly archive: Pick<ArchiveBridge, "status" | "problems">;
  readonly rebuild: Pick<Rebuild, "status" | "failure">;
  readonly settings: Pick<RecallSettings, "problems">;
  readonly lexical: Pick<LexicalFollower, "status" | "renewed">;
}

type Degraded = MemoryStatus["degraded"][number];

export function memoryStatus(sources: StatusSources): MemoryStatus {
  const { embedder, active, index, move } = sources;
  const { state, progress, detail } = embedder.status;
  const space = active ?? embedder.space;
  const archive = sources.archive.status;
  return {
    index: indexStatus(index, move),
    lexical: sources.lexical.status,
    embedder: {
      state,
      ...(progress === undefined ? {} : { progress }),
      ...(detail === undefined ? {} : { detail }),
    },
    space: { id: space.id, model: space.model, dimensions: space.dimensions },
    L1: { rows: index?.book.held ?? 0, bytes: index?.exact.bytes ?? 0 },
    L2: { rows: archive.rows, segments: archive.segments },
    degraded: [
      ...embedderDegraded(sources),
      ...moveDegraded(move),
      ...indexDegraded(index),
      ...lexicalDegraded(sources.lexical),
      ...rebuildDegraded(sources.rebuild),
      ...sources.settings.problems.map((reason) => ({
        part: "memory",
        reason,
        hint: "Correct the slot; until then it means what it meant in a new image.",
      })),
      ...sources.archive.problems.map((problem) => ({ part: "archive", ...problem })),
    ],
    rebuild: sources.rebuild.status,
    archive: { state: archive.state, restarts: archive.restarts, reason: archive.reason },
  };
}

function indexStatus(index: SpaceIndex | null, move: StatusSources["move"]): PartStatus {
  if (index === null) return { state: "starting", detail: "it waits for the embedding model" };
  if (!index.isLoaded) {
    return { state: "starting", detail: `it is being filled: ${index.loaded} memories so far` };
  }
  if (!index.ready) {
    const { missing, size } = index.book;
    const detail = `it takes back from the store what the archive lacks: ${missing} memories to go`;
    return { state: "starting", progress: 1 - missing / size, detail };
  }
  if (move === null) return { state: "ready" };
  const progress = move.total === 0 ? 0 : Math.min(1, move.done / move.total);
  const detail = `${move.done} of ${move.total} memories are re-embedded into ${move.to.model}`;
  return { state: "ready", progress, detail };
}

function embedderDegraded({ embedder, active }: StatusSources): Degraded[] {
  const { state, detail } = embedder.status;
  const lexical = (active ?? embedder.space).id === hashSpace.id;
  if (lexical && state === "degraded") {
    return [{
      part: "embedder",
      reason: `Memories are found by their words, not by their meaning, as no embedding model is there` +
        (detail === undefined ? "" : `: ${detail}`),
      hint: "Set TELOS_MODELS to a folder with all-MiniLM-L6-v2, or connect to the internet and start again.",
    }];
  }
  if (lexical && state === "starting" && active !== null) {
    return [{
      part: "embedder",
      reason: "Memories are found by their words, not by their meaning, until the embedding model is there" +
        (detail === undefined ? "" : `: ${detail}`),
      hint: "Nothing to do: they are re-embedded when it is.",
    }];
  }
  if (state === "failed") {
    return [{
      part: "embedder",
      reason: `The embedding model does not work: ${detail ?? "no reason is known"}`,
      hint: lexical
        ? "It is tried again by itself; until then memories are found by their words."
        : "It is tried again by itself; until then nothing can be remembered or recalled.",
    }];
  }
  return [];
}

function moveDegraded(move: StatusSources["move"]): Degraded[] {
  if (move === null) return [];
  return [{
    part: "memory",
    reason: `Memories are being re-embedded into ${move.to.model}: ${move.done} of ${move.total}`,
    hint: "Nothing to do: the present space serves until it is done.",
  }];
}

function indexDegraded(index: SpaceIndex | null): Degraded[] {
  if (index === null || index.corrupt === 0) return [];
  return [{
    part: "memory",
    reason: `${index.corrupt} vectors in the store are not vectors of the space ${index.space.id}`,
    hint: "Those memories are not found by recall; edit their text to make their vector anew.",
  }];
}

function rebuildDegraded({ failure }: StatusSources["rebuild"]): Degraded[] {
  if (failure === null) return [];
  const hint = "What served goes on serving. Run telos rebuild again.";
  return [{ part: "memory", reason: `The last rebuild did not come to its end: ${failure}`, hint }];
}

/** A short catching up after an opening is not worth a word. */
function lexicalDegraded({ status, renewed }: StatusSources["lexical"]): Degraded[] {
  if (status.state === "failed") {
    return [{
      part: "lexical",
      reason: `Memories are found by their meaning alone, not by their words: ${status.detail}`,
      hint: "It is tried again by itself; nothing is lost, as the words are in the store.",
    }];
  }
  if (status.state !== "starting" || status.progress === undefined) return [];
  return [{
    part: "lexical",
    reason: `Memories are found by their meaning alone until the index of words is whole: ${status.detail}` +
      (renewed === null ? "" : ` (it is made anew: ${renewed})`),
    hint: "Nothing to do: it is filled from the store.",
  }];
}
