/** How the image is: computed from what each part knows of itself, at once, without waiting for any of them. */
import type { BackupStatus } from "../backup/mod.ts";
import type { CurationStatus } from "../curation/mod.ts";
import type { HistoryReport } from "../history/mod.ts";
import { QUARANTINED_NAMED_MAX } from "./limits.ts";
import type { MemoryStatus, PartStatus } from "./memory_port.ts";
import type { ServiceStatus } from "./supervised.ts";
import type { WorkStatus } from "./works.ts";

export interface Degradation {
  readonly part: string;
  readonly reason: string;
  readonly hint: string;
}

export interface MindReport {
  readonly name: string;
  readonly host: string | null;
  readonly models: readonly string[];
  readonly degraded: boolean;
  readonly reason: string;
  readonly missing: readonly { readonly model: string; readonly personas: readonly string[] }[];
  readonly resting: readonly { readonly model: string; readonly reason: string }[];
  readonly vram: { readonly usedBytes: number; readonly budgetBytes: number };
}

export interface SandboxReport {
  readonly state: string;
  readonly reason: string | null;
}

export interface HealthSources {
  readonly version: string;
  readonly folder: string;
  readonly imageId: string;
  readonly position: string;
  readonly quarantined: ReadonlyMap<string, string>;
  readonly resident: number;
  readonly memory: MemoryStatus | null;
  readonly sandbox: SandboxReport | null;
  readonly mind: MindReport | null;
  readonly backup: BackupStatus | null;
  readonly history: HistoryReport | null;
  readonly works: readonly WorkStatus[];
  readonly curation: CurationStatus | null;
  readonly services: readonly ServiceStatus[];
}

/** The shape that `ui/protocol.ts` calls Health. */
export type HealthReport = ReturnType<typeof reportHealth>;

const VRAM_UNKNOWN = { usedBytes: 0, budgetBytes: 0 };

export function reportHealth(sources: HealthSources) {
  const { memory, mind, services } = sources;
  const degraded = degradations(sources);
  const ready = {
    image: part(serviceState(services, "world"), sources.quarantined.size > 0),
    index: memory?.index ?? waiting(services, "memory"),
    lexical: memory?.lexical ?? waiting(services, "memory"),
    embedder: memory?.embedder ?? waiting(services, "memory"),
    mind: mindPart(mind, services),
  };
  const states = Object.values(ready).map(({ state }) => state);
  const status = ready.image.state === "failed"
    ? "failed" as const
    : degraded.length > 0 || states.includes("degraded") || states.includes("failed")
    ? "degraded" as const
    : states.includes("starting")
    ? "starting" as const
    : "ok" as const;
  return {
    status,
    version: sources.version,
    image: {
      folder: sources.folder,
      id: sources.imageId,
      position: sources.position,
      quarantined: sources.quarantined.size,
      resident: sources.resident,
    },
    mind: { name: mind?.name ?? "recall", host: mind?.host ?? null, models: [...(mind?.models ?? [])] },
    embedding: {
      space: memory?.space.id ?? "",
      model: memory?.space.model ?? "",
      dimensions: memory?.space.dimensions ?? 0,
    },
    tiers: {
      L1: memory?.L1 ?? { rows: 0, bytes: 0 },
      L2: memory?.L2 ?? { rows: 0, segments: 0 },
      L3: { rows: null },
    },
    degraded,
    rebuild: memory?.rebuild ?? null,
    ready,
    ...(sources.backup === null ? {} : { backup: sources.backup }),
    ...(sources.history === null ? {} : { history: sources.history }),
    works: [...sources.works],
    vram: mind?.vram ?? VRAM_UNKNOWN,
    actors: [
      { name: "system", state: "running", restarts: 0, reason: null },
      ...services,
      ...(memory === null ? [] : [{ name: "archive", ...memory.archive }]),
    ],
  };
}

/** The state of everything in a line: what is under way, else what is degraded, else that all is well. */
export function statusText({ ready, degraded, status }: HealthReport): string {
  // The model is what takes long at a first start; the rest waits for it.
  const { state, progress, detail } = ready.embedder;
  if (state === "starting" && detail !== undefined) {
    return progress === undefined ? detail : `${detail} (${Math.round(progress * 100)} %)`;
  }
  if (degraded.length > 0) return degraded[0]!.reason;
  return status === "ok" ? "Everything is ready" : status;
}

function degradations(
  { quarantined, memory, sandbox, mind, backup, curation, services }: HealthSources,
): Degradation[] {
  const found: Degradation[] = [...(memory?.degraded ?? [])];
  if (mind?.degraded) {
    found.push({
      part: "mind",
      reason: mind.name === "local"
        ? `A small model in this program answers: ${mind.reason}`
        : `Answers quote memory, as no language model is there: ${mind.reason}`,
      hint: "Start Ollama (ollama serve), or set OLLAMA_HOST to where it runs; it is noticed by itself.",
    });
  }
  for (const { model, personas } of mind?.missing ?? []) {
    found.push({
      part: "mind",
      reason: `${personas.join(", ")} want${
        personas.length === 1 ? "s" : ""
      } the model ${model}, which is not there`,
      hint:
        `Pull it from the status bar or with: ollama pull ${model}. Or set the persona's slot model to another.`,
    });
  }
  for (const { model, reason } of mind?.resting ?? []) {
    found.push({
      part: "mind",
      reason: `The model ${model} is not asked for a while: ${reason}`,
      hint:
        "Another model answers meanwhile, and it is tried again by itself. See the log of the model server.",
    });
  }
  if (sandbox?.state === "backing_off") {
    found.push({
      part: "sandbox",
      reason: `Methods of the image cannot run: ${sandbox.reason ?? "its processes end by themselves"}`,
      hint: "It is tried again by itself; everything else works.",
    });
  }
  for (const reason of backup?.reasons ?? []) {
    found.push({
      part: "backup",
      reason,
      hint: "Backups in the status bar, or telos backup --status, say more.",
    });
  }
  for (const reason of curation?.problems ?? []) {
    found.push({
      part: "curator",
      reason,
      hint: "Its default holds. Set the slot of the object curator to what it can be.",
    });
  }
  const more = quarantined.size - QUARANTINED_NAMED_MAX;
  if (more > 0) {
    found.push({
      part: "image",
      reason: `${more} more objects are quarantined`,
      hint: "Their bytes are intact, and every other object lives.",
    });
  }
  for (const [oid, reason] of [...quarantined].slice(0, QUARANTINED_NAMED_MAX)) {
    found.push({
      part: "image",
      reason: `Object ${oid} is quarantined: ${reason}`,
      hint: "Its bytes are intact and every other object lives. Undo the change that damaged it.",
    });
  }
  for (const { name, state, reason } of services) {
    if (reason === null || state === "stopped") continue;
    if (state !== "running") {
      found.push({
        part: name,
        reason: `The ${name} is ${state}: ${reason}`,
        hint: "It is started again by itself.",
      });
    }
  }
  return found;
}

function serviceState(services: readonly ServiceStatus[], name: string): PartStatus {
  const service = services.find((each) => each.name === name);
  if (service?.state === "running") return { state: "ready" };
  if (service?.state === "starting") return { state: "starting" };
  return { state: "failed", detail: service?.reason ?? "it is not running" };
}

function waiting(services: readonly ServiceStatus[], name: string): PartStatus {
  const state = serviceState(services, name);
  return state.state === "ready" ? { state: "starting" } : state;
}

function part(status: PartStatus, degraded: boolean): PartStatus {
  return degraded && status.state === "ready" ? { ...status, state: "degraded" } : status;
}

function mindPart(mind: MindReport | null, services: readonly ServiceStatus[]): PartStatus {
  if (mind === null) return waiting(services, "orchestrator");
  if (mind.degraded) return { state: "degraded", detail: mind.reason };
  if (mind.resting.length > 0) return { state: "degraded", detail: "a model rests after failures" };
  return mind.missing.length > 0 ? { state: "degraded", detail: "a model is missing" } : { state: "ready" };
}
