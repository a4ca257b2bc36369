/** What is asked of the reader's worker, and what it answers: one answer to each question, in order. */
import { z } from "zod";
import { entrySchema, type Mark } from "./entry.ts";

export type ReaderRequest =
  | { readonly type: "open"; readonly root: string; readonly after: Mark | null }
  | { readonly type: "next"; readonly entries: number };

export const readerReplySchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("opened"),
    /** Null when there are too many files to count. */
    totals: z.strictObject({ files: z.number(), bytes: z.number() }).nullable(),
  }),
  z.strictObject({ type: z.literal("entries"), entries: z.array(entrySchema), end: z.boolean() }),
  z.strictObject({ type: z.literal("failed"), message: z.string() }),
]);
export type ReaderReply = z.infer<typeof readerReplySchema>;
