/**
 * What the drill's process does: one request as JSON on standard input, one answer as a line of JSON on standard output.
 * The key comes that way too, as arguments and environments can be looked at from outside.
 */
import { z } from "zod";
import type { ImageForms } from "../../kv/mod.ts";
import { runDrill } from "./drill.ts";

/** The permissions that the child needs: the backups, and a scratch folder beside them. */
export const drillChildPermissions: readonly string[] = ["--allow-read", "--allow-write"];

const requestForm = z.object({
  from: z.string().min(1),
  imageId: z.string().min(1),
  scratch: z.string().min(1),
  key: z.string().nullable(),
});

const outcomeForm = z.object({
  chain: z.string(),
  position: z.string(),
  objects: z.number(),
  thoughts: z.number(),
  answer: z.string(),
});

/** What the child answers. */
export const drillAnswerForm = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), outcome: outcomeForm }),
  z.object({ ok: z.literal(false), message: z.string() }),
]);

/** Does one drill and says how it went; ends without an error either way. */
export async function runDrillChild(forms: ImageForms): Promise<void> {
  const answer = await drill(forms, await new Response(Deno.stdin.readable).text());
  await new Response(JSON.stringify(answer)).body!.pipeTo(Deno.stdout.writable);
}

async function drill(forms: ImageForms, request: string): Promise<z.infer<typeof drillAnswerForm>> {
  try {
    return { ok: true, outcome: await runDrill(requestForm.parse(JSON.parse(request)), forms) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const hint = error instanceof Error && "hint" in error ? ` ${String(error.hint)}` : "";
    return { ok: false, message: `${reason}.${hint}`.replace("..", ".") };
  }
}
