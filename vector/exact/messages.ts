/** What the index and its worker say to each other. Requests are answered one by one, in the order they were made. */
import type { Hit } from "./best.ts";
import type { ExactIndexErrorCode } from "./errors.ts";

export type ExactRequest =
  | {
    readonly type: "start";
    readonly id: number;
    readonly dimensions: number;
    readonly kernel: Uint8Array;
    readonly rowsMax: number | undefined;
    /** Of the mailbox, in which searches are asked too. */
    readonly shared: SharedArrayBuffer;
  }
  | {
    readonly type: "add";
    readonly id: number;
    readonly ids: readonly string[];
    readonly vectors: Float32Array;
  }
  | { readonly type: "remove"; readonly id: number; readonly ids: readonly string[] }
  | { readonly type: "search"; readonly id: number; readonly query: Float32Array; readonly k: number };

export type ExactReply = { readonly id: number; readonly rows: number; readonly bytes: number } & Outcome;

export type Outcome =
  | { readonly ok: true; readonly hits: readonly Hit[] }
  | { readonly ok: false; readonly error: CarriedError };

/** An `ExactIndexError` on its way between threads. */
export interface CarriedError {
  readonly code: ExactIndexErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly details: Record<string, unknown>;
}
