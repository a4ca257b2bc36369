/** An object as a morph or a list showed it at a position. */
import { QuarantinedError } from "../../actors/errors.ts";
import { type ObjectSummary, type PastObjects, summarizeAsOf } from "../../actors/world/mod.ts";

/** One that is damaged is shown as such, beside the others. */
export async function pastSummary(past: PastObjects, oid: string): Promise<ObjectSummary | null> {
  try {
    return await summarizeAsOf(past, oid);
  } catch (error) {
    if (!(error instanceof QuarantinedError)) throw error;
    const { message: caption } = error;
    return {
      oid,
      name: null,
      parents: [],
      look: "morph",
      caption,
      position: past.position,
      state: "quarantined",
    };
  }
}
