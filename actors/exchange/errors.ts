/** What goes wrong when an image is exchanged with a file. */
import { ImageError } from "../errors.ts";
import type { Conflict } from "./compare.ts";
import { CONFLICTS_NAMED_MAX } from "./limits.ts";

/** A file that is no archive, or not one that can be taken in as it is. Nothing was written. */
export class ArchiveError extends ImageError {
  constructor(line: number, reason: string, cause?: unknown) {
    super("archive_invalid", `Cannot import the archive as line ${line} ${reason}`, {
      hint: "Nothing was written. Export it again, or correct that line and its checksum.",
      details: { line, reason },
      cause,
    });
  }
}

/** What the archive holds and what the image holds exclude one another. Nothing was written. */
export class ImportConflictError extends ImageError {
  constructor(conflicts: readonly Conflict[]) {
    const named = conflicts.slice(0, CONFLICTS_NAMED_MAX);
    const words = named.slice(0, 3).map(({ label, reason }) => `"${label}" ${reason}`).join("; ");
    const more = conflicts.length > 3 ? `; and ${conflicts.length - 3} more` : "";
    super(
      "import_conflict",
      `Cannot import as ${
        conflicts.length === 1 ? "an object conflicts" : `${conflicts.length} objects conflict`
      }: ${words}${more}`,
      {
        hint: "Nothing was written. Choose with --on-conflict: skip keeps what is here, theirs takes the " +
          "archive's, copy takes both.",
        details: { count: conflicts.length, conflicts: named },
      },
    );
  }
}

/** More memories than one thought of an image that lives can take in. Nothing was written. */
export class TooManyMemoriesError extends ImageError {
  constructor(count: number, limit: number) {
    super(
      "too_large",
      `Cannot import ${count} memories into an image that lives as one thought takes in at most ${limit}`,
      {
        hint:
          "Nothing was written. Import the archive of a whole image into a new one, or export it in parts.",
        details: { count, limit },
      },
    );
  }
}

/** A file of conversations that cannot be read as any kind that is known. */
export class ConversationsError extends ImageError {
  constructor(message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super("conversations_invalid", message, {
      hint:
        "Known are an export of ChatGPT or Claude (the ZIP file or its conversations.json) and a folder of " +
        "Markdown. What was taken in before stays; importing again goes on from there.",
      details,
      cause,
    });
  }
}
