/**
 * The head: the one record that every deciding atomic operation checks and sets. It says where the log ends and
 * whether a large thought still has to be applied.
 */
import { z } from "zod";
import { CorruptError } from "./errors.ts";
import { keys } from "./keys.ts";
import { open, seal } from "./sealed.ts";
import { formatPosition, isPosition, type Position, startOfEpoch } from "./position.ts";

const redoForm = z.object({
  batch: z.string().min(1),
  chunks: z.number().int().positive(),
  /** None, when only the record of the thought is large. */
  mutations: z.number().int().min(0),
});

const headForm = z.object({
  v: z.literal(1),
  epoch: z.number().int().min(1).max(999_999),
  /** Time of the last thought, in ms; the next one's is greater. */
  at: z.number(),
  /** Thoughts in the atomic operation that set this head; 0 at the beginning of an epoch. */
  count: z.number().int().min(0).max(9_999),
  /** The last thought's position, when this record was set again after its atomic operation. */
  position: z.string().refine(isPosition).optional(),
  redo: redoForm.optional(),
});

export type RedoPointer = z.infer<typeof redoForm>;
export type HeadForm = z.infer<typeof headForm>;

/** The head as it is known in memory. */
export interface Head {
  readonly epoch: number;
  readonly at: number;
  readonly position: Position;
  /** The version stamp that the next atomic operation must find. */
  readonly versionstamp: string;
  /** The stamp of the last log record, or null when the epoch has none. */
  readonly redo: RedoPointer | null;
}

/** @throws CorruptError when the record is not one, or missing. */
export function readHead(entry: Deno.KvEntryMaybe<unknown>): Head {
  const what = "the head of the image";
  if (entry.versionstamp === null) throw new CorruptError(what, "it is missing", { key: keys.head() });
  const found = headForm.safeParse(open(keys.head(), entry.value, what));
  if (!found.success) throw new CorruptError(what, found.error.message, { key: keys.head() });
  return toHead(found.data, entry.versionstamp);
}

/** The record as it is stored. */
export function sealHead(form: HeadForm): Uint8Array {
  return seal(form, keys.head());
}

/** The head in memory that belongs to a record set under that stamp. */
export function toHead(form: HeadForm, versionstamp: string): Head {
  return {
    epoch: form.epoch,
    at: form.at,
    position: form.position ??
      (form.count === 0
        ? startOfEpoch(form.epoch)
        : formatPosition(form.epoch, versionstamp, form.count - 1)),
    versionstamp,
    redo: form.redo ?? null,
  };
}
