/**
 * What a caller of the store can catch. Each error carries a stable `code`, a `hint` that says what to do,
 * `retryable`, and `details` with the data that it is about.
 */
import { fileReason, isAboutTheDisk } from "./file_reason.ts";

export interface StoreErrorOptions {
  readonly hint: string;
  readonly retryable?: boolean;
  readonly details?: Record<string, unknown>;
  readonly cause?: unknown;
}

/** The base of all of them; `code` is `commit_failed` when the store itself failed for an unforeseen reason. */
export class StoreError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly retryable: boolean;
  readonly details: Record<string, unknown>;

  constructor(code: string, message: string, options: StoreErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}

/** A thought that was decided first. */
export interface Winner {
  readonly id: string;
  readonly position: string;
  readonly who: string;
  readonly why: string;
}

export interface ConflictDetails {
  readonly keys: Deno.KvKey[];
  /** Id of the thought that changed them, if it is still known, */
  readonly other: string | null;
  /** and what the log says of it. */
  readonly winner?: Winner | null;
  readonly attempts: number;
}

/** What was read has been changed by another thought, and re-running did not help within the bound. */
export class ConflictError extends StoreError {
  /** @param details `keys`: what was read and changed since; `other`: the thought that changed it; `attempts`. */
  constructor(message: string, details: ConflictDetails) {
    super("conflict", message, {
      hint: "Read again and try again.",
      retryable: true,
      details: { ...details },
    });
  }
}

/** A key, value, thought or queue beyond its bound; `details` has `limit`, `actual` and what it is about. */
export class LimitError extends StoreError {
  constructor(message: string, details: { limit: number; actual: number } & Record<string, unknown>) {
    super("too_large", message, { hint: "Make it smaller, or split it into several thoughts.", details });
  }
}

/** More thoughts wait than the store keeps waiting. */
export class BusyError extends StoreError {
  constructor(limit: number) {
    super("busy", `Cannot take another thought as at most ${limit} may wait to be committed: ${limit} do`, {
      hint: "Try again in a moment.",
      retryable: true,
      details: { limit },
    });
  }
}

/** A key or value that cannot be stored at all. */
export class ValueError extends StoreError {
  constructor(message: string, details: Record<string, unknown>, cause?: unknown) {
    super("not_storable", message, {
      hint: "Store structured data: strings, numbers, booleans, arrays, plain objects, bytes.",
      details,
      cause,
    });
  }
}

/** Another process (or another store of this one) has the image open. */
export class LockedError extends StoreError {
  constructor(folder: string, holder: { pid?: number | undefined; url?: string | undefined } | null) {
    const who = holder === null
      ? "another process"
      : `process ${holder.pid ?? "?"}${holder.url ? ` at ${holder.url}` : ""}`;
    super("image_locked", `Cannot open the image in "${folder}" as ${who} has it open`, {
      hint: holder?.url
        ? `Use the server at ${holder.url}, or stop it first.`
        : "Stop the other process first.",
      retryable: true,
      details: { folder, ...(holder ?? {}) },
    });
  }
}

/** The image's folder cannot be made, read or written. */
export class FolderError extends StoreError {
  /** @param reason what is wrong in words; without it, what the cause says. */
  constructor(folder: string, cause: unknown, reason?: string) {
    const said = fileReason(cause, "written");
    super(
      "folder_unwritable",
      `Cannot open an image in "${folder}" as ${reason ?? `the folder must be writable: ${said}`}`,
      {
        hint: isAboutTheDisk(cause)
          ? "Its disk is full, or fails: make room, or choose another folder. `telos doctor` looks for room."
          : "Choose another folder, or change its owner or permissions.",
        details: { folder },
        cause,
      },
    );
  }
}

/** A folder that is to become an image, or hold something new, has something in it already. */
export class OccupiedError extends StoreError {
  constructor(folder: string, holds: string) {
    super(
      "folder_occupied",
      `Cannot make an image in "${folder}" as the folder must be empty: it holds "${holds}"`,
      {
        hint: "Name a folder that is not there yet.",
        details: { folder, holds },
      },
    );
  }
}

/** The image was written by a newer program. */
export class SchemaError extends StoreError {
  constructor(found: number, known: number) {
    super(
      "newer_schema",
      `Cannot open the image as its schema must be at most ${known}, which this program knows: it is ${found}`,
      { hint: "Open it with the newer program that wrote it.", details: { found, known } },
    );
  }
}

/** A data manager refused the thought, or was silent; nothing was written. */
export class RefusedError extends StoreError {
  constructor(
    participant: string,
    reason: string,
    options: { code?: string | undefined; retryable?: boolean; cause?: unknown } = {},
  ) {
    super("refused", `Cannot commit the thought as "${participant}" refused it: ${reason}`, {
      hint: "Nothing was written. Correct what was refused and try again.",
      retryable: options.retryable ?? false,
      details: { participant, reason, ...(options.code === undefined ? {} : { reasonCode: options.code }) },
      cause: options.cause,
    });
  }
}

/** The store is closed, or closing. */
export class StoreClosedError extends StoreError {
  constructor() {
    super("store_closed", "Cannot use the store as it is closed", { hint: "Open the image again." });
  }
}

/** A position that is before the oldest that history still holds. */
export class HorizonError extends StoreError {
  constructor(position: string, oldest: string) {
    super(
      "beyond_horizon",
      `Cannot read the image as of ${position} as history begins at ${oldest}: what was before is pruned`,
      { hint: `Ask for ${oldest} or later.`, details: { position, oldest } },
    );
  }
}

/** Text that is no position, or a position that the image has not reached. */
export class PositionError extends StoreError {
  constructor(position: string, reason: string) {
    super("bad_position", `Cannot use the position "${position}" as ${reason}`, {
      hint: "Take a position from the log or from a commit.",
      details: { position },
    });
  }
}

/** Something the store wrote itself does not read back as it was written. */
export class CorruptError extends StoreError {
  constructor(
    what: string,
    reason: string,
    details: Record<string, unknown> = {},
    cause?: unknown,
    hint = "Verify the image; restore from a backup what cannot be repaired.",
  ) {
    super("corrupt", `Cannot read ${what} as it is damaged: ${reason}`, {
      hint,
      details: { what, reason, ...details },
      cause,
    });
  }
}

/** An error of the store as it is; any other as what made a commit fail. */
export function toStoreError(cause: unknown): unknown {
  if (cause instanceof StoreError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StoreError("commit_failed", `Cannot commit the thought as the store refused it: ${reason}`, {
    hint: "Nothing was written. Check the disk of the image's folder, then try again.",
    retryable: true,
    cause,
  });
}
