/** What the last restore drill found, kept beside the backups of the image so that it outlives the process. */
import { z } from "zod";
import { recordBytesMax } from "./limits.ts";

export const drillReportForm = z.object({
  v: z.literal(1),
  /** When it ended, in ms. */
  at: z.number(),
  ok: z.boolean(),
  /** In words: what was restored and asked, or what went wrong. */
  message: z.string(),
  chain: z.string().nullable(),
  /** The thought that was restored to. */
  position: z.string().nullable(),
  objects: z.number(),
  thoughts: z.number(),
  tookMs: z.number(),
});
export type DrillReport = z.infer<typeof drillReportForm>;

/** Null when there was no drill, or its record does not read: then another is due. */
export async function readDrillReport(folder: string): Promise<DrillReport | null> {
  try {
    const path = `${folder}/drill.json`;
    if ((await Deno.stat(path)).size > recordBytesMax) return null;
    return drillReportForm.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch (error) {
    const isNone = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
    if (isNone || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

export async function writeDrillReport(folder: string, report: DrillReport): Promise<void> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const partial = `${folder}/drill.json.partial`;
  await Deno.writeTextFile(partial, `${JSON.stringify(report, null, 1)}\n`, { mode: 0o600 });
  await Deno.rename(partial, `${folder}/drill.json`);
}
