/** What goes wrong when files are taken in. What is wrong with a single file is a problem that is named, and no error. */
import { ImageError } from "../errors.ts";

export class IngestError extends ImageError {
  constructor(
    code: "ingest_path" | "ingest_busy" | "ingest_none" | "ingest_reader",
    message: string,
    options: {
      readonly hint: string;
      readonly retryable?: boolean;
      readonly details?: Record<string, unknown>;
      readonly cause?: unknown;
    },
  ) {
    super(code, message, options);
  }
}
