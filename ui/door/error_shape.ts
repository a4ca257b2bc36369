/**
 * The shape that every error of the program has, whichever part it comes from, and the HTTP status that goes with
 * it. The parts do not share a class, so the shape is what is recognised; anything without it is a fault of the
 * program and shows nothing of itself.
 */
import type { ErrorBody } from "../protocol.ts";

export type ErrorShape = ErrorBody["error"];
export type ErrorStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 422 | 500 | 503;

const STATUS: Readonly<Record<string, ErrorStatus>> = {
  not_json: 400,
  repeated_parameter: 400,
  unknown_parameter: 400,
  wrong_content_type: 400,
  body_interrupted: 400,
  token_required: 401,
  token_wrong: 401,
  host_refused: 403,
  origin_refused: 403,
  not_found: 404,
  no_image: 404,
  no_such_route: 404,
  beyond_horizon: 404,
  no_backup: 404,
  unknown_persona: 404,
  prompt_not_kept: 404,
  method_not_allowed: 405,
  conflict: 409,
  stale: 409,
  name_taken: 409,
  folder_occupied: 409,
  parent_cycle: 409,
  has_children: 409,
  quarantined: 409,
  protected: 409,
  refused: 409,
  undo_refused: 409,
  merge_conflict: 409,
  nothing_to_undo: 409,
  nothing_to_redo: 409,
  no_persona: 409,
  stopped: 409,
  import_conflict: 409,
  ingest_busy: 409,
  ingest_none: 409,
  proposal_decided: 409,
  proposal_fails: 409,
  edit_fails: 422,
  idempotency_conflict: 422,
  too_large: 413,
  internal: 500,
  corrupt: 500,
  backup_damaged: 500,
  bad_answer: 500,
  not_ready: 503,
  unavailable: 503,
  store_closed: 503,
  image_locked: 503,
  folder_unwritable: 503,
  newer_schema: 503,
  port_in_use: 503,
  orchestrator_closed: 503,
  archive_closed: 503,
  model_missing: 503,
  asset_missing: 503,
};

/** True for an error that carries `code`, `hint`, `retryable` and `details` beside its message. */
export function hasErrorShape(value: unknown): value is ErrorShape {
  if (typeof value !== "object" || value === null) return false;
  const { code, message, hint, retryable, details } = value as Record<string, unknown>;
  return typeof code === "string" && typeof message === "string" && typeof hint === "string" &&
    typeof retryable === "boolean" && typeof details === "object" && details !== null;
}

/** What may be told of an error: its own shape, or that the program is at fault, with nothing from inside. */
export function errorShapeOf(error: unknown): ErrorShape {
  if (hasErrorShape(error)) {
    const { code, message, hint, retryable, details } = error;
    return { code, message, hint, retryable, details };
  }
  return {
    code: "internal",
    message: "Something went wrong inside the program",
    hint: "The server's log has the cause. Nothing that was acknowledged is lost.",
    retryable: false,
    details: {},
  };
}

/**
 * The status of an error. A code that is not listed is the caller's to mend (422), unless trying again can help
 * (503).
 */
export function statusOf(error: ErrorShape): ErrorStatus {
  return STATUS[error.code] ?? (error.retryable ? 503 : 422);
}
