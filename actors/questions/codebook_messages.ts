/** What the keeper of the image's codebook and its worker say to each other. Both are of one program. */
import type { ObjectContext, Slot } from "../object/mod.ts";
import type { Planes } from "../../vector/hypervector/mod.ts";

/** The space in which the vectors of an image are made. */
export interface Space {
  readonly seed: string;
  readonly dimensions: number;
}

/** An object as questions see it; null slots: it is gone, or cannot be read. */
export interface QuestionedObject {
  readonly oid: string;
  readonly name: string | null;
  readonly slots: ObjectContext["slots"] | null;
}

/** The nearest entry of a codebook. */
export interface Nearest {
  /** -1 to 1. */
  readonly similarity: number;
  /** How far the runner-up lies behind. */
  readonly margin: number;
  /** The similarity from on which it is an answer. */
  readonly threshold: number;
  readonly known: boolean;
}

export type NearestRole = Nearest & { readonly name: string };
export type NearestFiller = Nearest & { readonly slot: Slot };

/** Objects that have a role with one of some values, the likest first. */
export interface HoldersFound {
  readonly threshold: number;
  /** Those that reach the threshold, and the next one behind them. */
  readonly ranked: readonly Holder[];
}

export interface Holder {
  readonly oid: string;
  readonly name: string | null;
  readonly similarity: number;
}

export interface BookFigures {
  readonly objects: number;
  readonly roles: number;
  readonly fillers: number;
  /** Something was left out as a bound was met. */
  readonly truncated: boolean;
  /** Memory of the tables, bytes; the values themselves not counted. */
  readonly bytes: number;
}

export type CodebookRequest =
  | { readonly type: "begin"; readonly space: Space; readonly kernel: Uint8Array<ArrayBuffer> }
  | { readonly type: "put"; readonly objects: readonly QuestionedObject[] }
  | { readonly type: "role" | "filler"; readonly query: Planes; readonly least: number }
  | { readonly type: "holders"; readonly role: string; readonly values: readonly Slot[] };

export type CodebookAnswer = NearestRole | NearestFiller | HoldersFound | null;

export type CodebookReply =
  | { readonly ok: true; readonly id: number; readonly answer: CodebookAnswer; readonly figures: BookFigures }
  | { readonly ok: false; readonly id: number; readonly reason: string };
