/** Keeps the report of a run, and what a person took back, with the curator: in one thought that no undo goes over. */
import { v7 as uuidv7 } from "uuid";
import { dataSlot, type Slot } from "../object/mod.ts";
import { create, resolveIn, type World } from "../world/mod.ts";
import type { Declined } from "./plan.ts";
import { type Report, storedDeclined, summaryOf } from "./report.ts";
import { CURATOR } from "./settings.ts";

/** Housekeeping: it is not what a person means who undoes the last change. */
export const REPORT_KIND = "maintenance";

/** An image that has no curator gets one. */
export async function storeReport(
  world: World,
  report: Report,
  { declined, now }: { readonly declined: Declined | null; readonly now: number },
): Promise<void> {
  const info = { who: CURATOR, why: `curated: ${summaryOf(report)}`, kind: REPORT_KIND };
  await world.thought(info, async (tx) => {
    const slots: Record<string, Slot> = { report: dataSlot("report", report) };
    if (declined !== null) slots.declined = dataSlot("declined", storedDeclined(declined));
    const oid = await tx.holderOf(CURATOR);
    if (oid === null) {
      const parents = [await resolveIn(tx, "genesis")];
      const doc: Slot = { kind: "data", value: "Curates memories while nobody is here." };
      await create(tx, { oid: uuidv7({ msecs: now }), at: now }, {
        name: CURATOR,
        parents,
        slots: { doc, ...slots },
      });
      return;
    }
    await tx.require(oid, CURATOR);
    for (const [slot, value] of Object.entries(slots)) tx.stage(oid, { type: "SLOT_SET", slot, value });
  });
}
