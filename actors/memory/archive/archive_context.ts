/** What the archive actor is told, what it knows, and how it reads a failure. */
import type { Archive, SealPhase } from "../../../vector/archive/mod.ts";
import type { ArchivePorts } from "./ports.ts";
import { type ArchiveSettings, archiveSettingsDefault } from "./settings.ts";

/** What the actor is told. */
export type ArchiveEvent =
  /** How many rows working memory holds, and how many of them are newer than the archive's watermark. */
  | { readonly type: "WORKING_MEMORY_SIZED"; readonly rows: number; readonly newer: number }
  /** The slots of `archive_manager` as they are now. */
  | { readonly type: "SETTINGS_CHANGED"; readonly slots: Readonly<Record<string, unknown>> }
  /** Seal now; `purge` makes all segments anew and leaves nothing of the old ones on the disk. */
  | { readonly type: "SEAL_REQUESTED"; readonly purge?: boolean }
  /** What the archive serves has changed by itself. */
  | { readonly type: "ARCHIVE_CHANGED" }
  | { readonly type: "SEAL_PROGRESSED"; readonly phase: SealPhase; readonly rows: number }
  | { readonly type: "STOPPED" };

/** Nothing, a seal, or a seal that leaves nothing of the old segments; a purge includes a seal. */
export type SealRequest = "none" | "seal" | "purge";

/** What the actor knows. */
export interface ArchiveContext {
  readonly ports: ArchivePorts;
  readonly archive: Archive | null;
  readonly settings: ArchiveSettings;
  /** They were told while the archive was being opened with those before. */
  readonly settingsHeard: boolean;
  /** The folder that is open, to see when the setting changes it. */
  readonly openFolder: string;
  readonly settingsProblems: readonly string[];
  readonly workingRows: number;
  readonly newerRows: number;
  /** Rows that the seal under way has taken. */
  readonly sealedRows: number;
  /** What someone asked for, and what of it the seal under way does. */
  readonly requested: SealRequest;
  readonly doing: SealRequest;
  /** The archive serves something else than working memory was told. */
  readonly changed: boolean;
  readonly failuresInARow: number;
  readonly restarts: number;
  readonly reason: string | null;
}

/** What a failure says: its message and what to do. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { hint } = error as { hint?: unknown };
  return typeof hint === "string" ? `${error.message}. ${hint}.` : error.message;
}

/** Whether trying again cannot help. */
export function isFinal(error: unknown): boolean {
  return error instanceof Error && "retryable" in error && error.retryable === false;
}

/** The context of an actor that has done nothing yet. */
export function newArchiveContext(ports: ArchivePorts): ArchiveContext {
  return {
    ports,
    archive: null,
    settings: archiveSettingsDefault,
    settingsHeard: false,
    openFolder: archiveSettingsDefault.folder,
    settingsProblems: [],
    workingRows: 0,
    newerRows: 0,
    sealedRows: 0,
    requested: "none",
    doing: "none",
    changed: false,
    failuresInARow: 0,
    restarts: 0,
    reason: null,
  };
}

/** Both requests in one. */
export function bothRequests(one: SealRequest, two: SealRequest): SealRequest {
  if (one === "purge" || two === "purge") return "purge";
  return one === "seal" || two === "seal" ? "seal" : "none";
}
