/** Texts of a few topics, and a curator asked through the door of an image. */
import type { CurationReport } from "../../../ui/protocol.ts";
import type { TestImage } from "../../support/image.ts";

export const topics = {
  sea: [
    "We walked to the lighthouse by the sea and watched the waves.",
    "The lighthouse keeper told us about storms at sea.",
    "At the sea the lighthouse blinked all night over the waves.",
    "Waves broke below the lighthouse while we ate by the sea.",
    "The old lighthouse by the sea is painted red.",
  ],
  bread: [
    "The sourdough bread needs flour, water and salt.",
    "I baked sourdough bread with rye flour today.",
    "Bread dough rises overnight with sourdough starter and flour.",
    "Flour for the sourdough bread is in the cellar.",
    "My sourdough bread was dense, too little water in the flour.",
  ],
  taxes: [
    "The tax return needs the receipts of the office rent.",
    "Our accountant filed the tax return in spring.",
    "Receipts for the tax return are in the grey folder.",
    "The tax office asked for receipts of the rent.",
    "Rent receipts go to the accountant before the tax return.",
  ],
} as const;

type Door = Pick<TestImage["door"], "command" | "curation">;

export async function remember(door: Door, texts: readonly string[]): Promise<string[]> {
  const memories = texts.map((text) => ({ text }));
  const { result } = await door.command({ command: "REMEMBER_MANY", memories });
  return [...(result as { objects: string[] }).objects];
}

export async function ask(door: Door): Promise<number> {
  return ((await door.command({ command: "CURATE" })).result as { run: number }).run;
}

/** The report of a run, once it has ended. */
export async function ended(door: Door, run: number): Promise<CurationReport> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const { ended, state, running } = await door.curation();
    const mine = ended.find((each) => each.run === run);
    if (mine !== undefined) return mine.report;
    if (performance.now() > deadline) throw new Error(`run ${run} never ended: ${state} ${running?.stage}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export async function curate(door: Door): Promise<CurationReport> {
  return await ended(door, await ask(door));
}
