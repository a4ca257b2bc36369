/** The rows that a recall as of the past must see differently from now: those that changed since, as they were then. */
import type { Position, Store } from "../../kv/mod.ts";
import { ArgumentError } from "../errors.ts";
import { LOG_PAGE, PAST_THOUGHTS_MAX } from "./limits.ts";
import { fromBytes } from "./vector_bytes.ts";

/**
 * @returns for each oid whose row changed after `asOf`: the vector it had then, or null when it had none
 * @throws {ArgumentError} when too much has happened since
 */
export async function rowsAsOf(
  store: Store,
  asOf: Position,
  space: { readonly id: string; readonly dimensions: number },
): Promise<Map<string, Float32Array | null>> {
  const rows = new Map<string, Float32Array | null>();
  let seen = 0;
  for (let after = asOf;;) {
    const page = await store.log({ after, limit: LOG_PAGE });
    for (const { changes } of page) {
      for (const { key, before } of changes) {
        // The before-image of the first change after that time is how it was then.
        if (key[0] !== "vector" || key[1] !== space.id || rows.has(key[2] as string)) continue;
        rows.set(key[2] as string, fromBytes(before, space.dimensions));
      }
    }
    if (page.length < LOG_PAGE) return rows;
    seen += page.length;
    if (seen > PAST_THOUGHTS_MAX) {
      throw new ArgumentError(
        `A recall as of the past looks back over at most ${PAST_THOUGHTS_MAX} thoughts`,
        "Choose a later position.",
        { asOf },
      );
    }
    after = page.at(-1)!.position;
  }
}
