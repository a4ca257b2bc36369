/** What can be wrong with an image, and how it is told. */
import type { Key } from "../keys.ts";

/**
 * - `page`, `unreadable`: the database file itself is damaged, or a range of keys in it cannot be read.
 * - `corrupt`: stored bytes are not those that were written. `wrong_form`: they are, and say what cannot be.
 * - `unknown_key`: a key of no family that this program knows.
 * - `name_*`, `child_*`, `version_*`: an index that does not agree with the objects or the log that it is made from.
 * - `parent_*`, `owner_missing`: an object, or what belongs to one, leads to nothing or to itself.
 * - `head_wrong`, `log_*`, `change_lost`, `history_missing`, `gone_*`: the order of thoughts has a fault.
 * - `chunk_missing`, `*_orphaned`, `redo_left`: chunks of large values, records and thoughts.
 */
export type ProblemKind =
  | "page"
  | "unreadable"
  | "corrupt"
  | "wrong_form"
  | "unknown_key"
  | "name_dangling"
  | "name_missing"
  | "child_dangling"
  | "child_missing"
  | "version_dangling"
  | "version_missing"
  | "parent_missing"
  | "parent_cycle"
  | "owner_missing"
  | "head_wrong"
  | "log_order"
  | "log_missing"
  | "change_lost"
  | "history_missing"
  | "gone_dangling"
  | "gone_missing"
  | "chunk_missing"
  | "blob_orphaned"
  | "part_orphaned"
  | "redo_left";

/** One thing that is wrong. */
export interface Problem {
  readonly kind: ProblemKind;
  /** The key at which it stands; bytes in it are written in hexadecimal. */
  readonly key: readonly (string | number | boolean)[];
  /** The object that it is about, if it is about one. */
  readonly oid: string | null;
  /** Whether `repair` puts it right: only what follows from the rest without a doubt. */
  readonly repairable: boolean;
  readonly message: string;
  readonly hint: string;
}

/** What a repair did about one problem. */
export interface Repaired {
  readonly kind: ProblemKind;
  readonly key: Problem["key"];
  readonly did: string;
}

/** What `verify` answers. */
export interface VerifyReport {
  /** Nothing is wrong, or nothing any more. */
  readonly ok: boolean;
  /** Where the image stood when the walk began; null when its head cannot be read. */
  readonly position: string | null;
  /** Entries looked at, by family. */
  readonly checked: Readonly<Record<string, number>>;
  readonly problems: readonly Problem[];
  /** Problems beyond those that are told one by one. */
  readonly more: number;
  readonly repaired: readonly Repaired[];
}

/** How far a walk has come. */
export interface VerifyProgress {
  readonly stage: string;
  /** Entries looked at so far, in all stages. */
  readonly done: number;
}

const restoreHint = "Restore it from a backup, or undo the thought that made it so.";

const hints: Readonly<Record<ProblemKind, string>> = {
  page: "The file is damaged: stop writing to it, and restore the image from a backup.",
  unreadable: "The file is damaged there: restore the image from a backup.",
  corrupt: "Its bytes are left as they are. Restore it from a backup.",
  wrong_form: restoreHint,
  unknown_key: "It is left as it is. A newer program may have written it.",
  name_dangling: "--repair removes it.",
  name_missing: "--repair writes it anew from the object.",
  child_dangling: "--repair removes it.",
  child_missing: "--repair writes it anew from the object.",
  version_dangling: "--repair removes it.",
  version_missing: "--repair writes it anew from the log.",
  parent_missing: "Give the object another parent, or undo the thought that removed this one.",
  parent_cycle: "Give one of these objects another parent.",
  owner_missing: "It is left as it is. Undo the thought that removed its object.",
  head_wrong: "Restore the image from a backup.",
  log_order: "Reading the past around there may fail. Restore from a backup if the past matters.",
  log_missing: "The past before that thought cannot be read. Restore from a backup if it matters.",
  change_lost: "The object is older than its history says. Restore it from a backup.",
  history_missing: "It lives, and reading the past shows it from the beginning on.",
  gone_dangling: "Reading the past may name an object that was not there.",
  gone_missing:
    "The image as of an earlier time does not list it; reading the object itself as of then works.",
  chunk_missing: restoreHint,
  blob_orphaned: "--repair removes it: nothing, history included, refers to it.",
  part_orphaned: "--repair removes it: no record refers to it.",
  redo_left: "--repair removes it: it was never decided, or is applied already.",
};

export const hintOf = (kind: ProblemKind): string => hints[kind];

/** A key as JSON can carry it. */
export function printableKey(key: Key): Problem["key"] {
  return key.map((part) => {
    if (part instanceof Uint8Array) return part.toHex();
    return typeof part === "bigint" || typeof part === "symbol" ? String(part) : part;
  });
}
