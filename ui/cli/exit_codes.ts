/** The exit codes that scripts can rely on, and which of them an error becomes. Pure. */
import { type ErrorShape, statusOf } from "../door/mod.ts";

export const exitCodes = {
  done: 0,
  failed: 1,
  wrongUse: 2,
  notFound: 3,
  conflict: 4,
  damaged: 5,
  unavailable: 6,
} as const;
export type ExitCode = typeof exitCodes[keyof typeof exitCodes];

const DAMAGED = new Set(["corrupt", "quarantined", "backup_damaged", "archive_invalid", "image_lost"]);
const WRONG_USE: ReadonlySet<string> = new Set([
  ...["wrong_use", "wrong_setting", "wrong_shape", "name_invalid", "question_empty"],
  ...["bad_position", "backup_key", "ingest_path", "slot_name_invalid", "blueprint_invalid"],
]);

export function exitCodeOf(error: ErrorShape): ExitCode {
  if (DAMAGED.has(error.code)) return exitCodes.damaged;
  if (WRONG_USE.has(error.code)) return exitCodes.wrongUse;
  if (error.code === "stopped") return exitCodes.failed;
  switch (statusOf(error)) {
    case 404:
      return exitCodes.notFound;
    case 409:
      return exitCodes.conflict;
    case 401:
    case 403:
    case 503:
      return exitCodes.unavailable;
    default:
      return error.code === "port_refused" || error.code === "host_unavailable"
        ? exitCodes.unavailable
        : exitCodes.failed;
  }
}
