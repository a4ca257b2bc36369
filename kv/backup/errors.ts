/** What a caller of the backup can catch, beside the errors of the store. */
import { StoreError } from "../errors.ts";
import type { Position } from "../position.ts";

/** A point that can be restored to. */
export interface GoodPoint {
  readonly chain: string;
  readonly link: number;
  readonly position: Position;
  /** Milliseconds. */
  readonly at: number;
}

/** A link of a chain is missing, cut or altered; `details.lastGood` is the newest point before it that is whole. */
export class BackupDamagedError extends StoreError {
  constructor(
    chain: string,
    problem: { readonly link: number; readonly file: string; readonly message: string },
    lastGood: GoodPoint | null,
    cause?: unknown,
  ) {
    super("backup_damaged", `Cannot restore from the chain ${chain} as ${problem.message}`, {
      hint: lastGood === null
        ? "No older point of this image is whole in this folder."
        : `The last good point is ${lastGood.position} of ${new Date(lastGood.at).toISOString()}: ` +
          `restore with --to ${lastGood.position}.`,
      details: { chain, link: problem.link, file: problem.file, lastGood },
      cause,
    });
  }
}

/** The key is missing, malformed, or another than the one that a chain was encrypted with. */
export class BackupKeyError extends StoreError {
  constructor(message: string, details: Record<string, unknown> = {}) {
    super("backup_key", message, {
      hint: "Give the key with --backup-key FILE or TELOS_BACKUP_KEY; telos backup --new-key FILE makes one.",
      details,
    });
  }
}

/** There is no backup there, or none that holds the point that is asked for. */
export class NoBackupError extends StoreError {
  constructor(message: string, hint: string, details: Record<string, unknown> = {}) {
    super("no_backup", message, { hint, details });
  }
}

/** The image did not come to rest, or its history was pruned meanwhile: another try may do. */
export class BackupInterruptedError extends StoreError {
  constructor(reason: string) {
    super("backup_interrupted", `Cannot finish the backup as ${reason}`, {
      hint: "Nothing of the image has changed. Try again.",
      retryable: true,
    });
  }
}
