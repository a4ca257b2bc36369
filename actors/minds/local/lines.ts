/**
 * What the local mind and its child say to each other over standard input and output: JSON, one message a line, validated
 * on both sides. Lines are bounded, so that a child gone mad cannot fill the memory of the other.
 */
import { z } from "zod";
import { localLineCharsMax } from "../limits.ts";

export const requestSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("load"),
    /** The folder above the model's own. */
    modelsFolder: z.string().min(1),
    model: z.string().min(1),
    dtype: z.enum(["q8", "q4", "fp16", "fp32"]),
    threads: z.number().int().min(1).max(64),
  }),
  z.strictObject({
    type: z.literal("generate"),
    id: z.number().int(),
    messages: z.array(z.strictObject({ role: z.enum(["system", "user", "assistant"]), content: z.string() })),
    tokensMax: z.number().int().positive(),
    /** 0 takes the likeliest each time. */
    temperature: z.number().nonnegative(),
  }),
  z.strictObject({ type: z.literal("stop"), id: z.number().int() }),
]);
export type LocalRequest = z.infer<typeof requestSchema>;

const rss = z.number().nonnegative();
export const replySchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("loaded"), rss }),
  z.strictObject({ type: z.literal("token"), id: z.number().int(), text: z.string(), rss }),
  z.strictObject({
    type: z.literal("done"),
    id: z.number().int(),
    tokens: z.number().int().nonnegative(),
    promptTokens: z.number().int().nonnegative(),
    rss,
  }),
  /** The loading or this answer failed; the child is well. */
  z.strictObject({ type: z.literal("failed"), message: z.string() }),
]);
export type LocalReply = z.infer<typeof replySchema>;

export function encodeLine(value: LocalRequest | LocalReply): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}

/** The messages of a stream in order. @throws when a line is too long or not of the schema */
export async function* readLines<Message>(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  schema: z.ZodType<Message>,
): AsyncGenerator<Message> {
  let open = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (open + text).split("\n");
    open = lines.pop() ?? "";
    if (open.length > localLineCharsMax) {
      throw new RangeError(`a line must have at most ${localLineCharsMax} characters, and has more`);
    }
    for (const line of lines) yield schema.parse(JSON.parse(line));
  }
}
