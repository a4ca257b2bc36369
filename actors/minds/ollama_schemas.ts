/** What Ollama may answer, in zod: only the fields that are used are asked for, and those are checked. */
import { z } from "zod";
import { mindFailed } from "./errors.ts";

const bytes = z.number().nonnegative();

export const tagsSchema = z.object({
  models: z.array(z.object({
    name: z.string().min(1),
    size: bytes,
    digest: z.string().optional(),
    details: z.object({ family: z.string().nullish() }).nullish(),
  })).nullish(),
});

/** The length of context stands under a key that begins with the family of the model. */
export const showSchema = z.object({ model_info: z.record(z.string(), z.unknown()).nullish() })
  .transform(({ model_info }): number | null => {
    const [, length] = Object.entries(model_info ?? {}).find(([key]) => key.endsWith(".context_length")) ??
      [];
    return typeof length === "number" && Number.isInteger(length) && length > 0 ? length : null;
  });

export const psSchema = z.object({
  models: z.array(z.object({
    name: z.string().min(1),
    size: bytes,
    size_vram: bytes.default(0),
    context_length: z.number().int().positive().nullish().catch(null),
  })).nullish(),
});

export const chatChunkSchema = z.object({
  model: z.string(),
  message: z.object({ content: z.string() }).optional(),
  done: z.boolean(),
  prompt_eval_count: z.number().int().nonnegative().optional(),
  eval_count: z.number().int().nonnegative().optional(),
});

export const pullProgressSchema = z.object({
  status: z.string(),
  completed: bytes.default(0),
  total: bytes.default(0),
});

/** The value as the schema has it. @throws MindError `mind_failed` with the first thing that is wrong */
export function checked<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  context: { readonly host: string; readonly what: string },
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  throw mindFailed(
    context.host,
    `its answer to ${context.what} has another shape${where}: ${issue?.message ?? "unknown"}`,
    { details: { issues: result.error.issues.slice(0, 5).map((each) => each.message) } },
  );
}
