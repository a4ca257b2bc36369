/** What a person took back of what curation did: it is found in the log since the last report, and not done again. */
import type { LogEntry, Position, Store } from "../../kv/mod.ts";
import { restore } from "../object/mod.ts";
import { DECLINED_THOUGHTS_MAX, LOG_PAGE, SIGNATURE_SOURCES } from "./limits.ts";
import type { Declined } from "./plan.ts";
import type { Slices } from "./slices.ts";
import { CURATION } from "./settings.ts";

/** The known, and what undos since `after` add to it. */
export async function readDeclined(
  store: Store,
  known: Declined,
  { after, slices }: { readonly after: Position | null; readonly slices: Slices },
): Promise<Declined> {
  const memories = new Set(known.memories);
  const concepts = new Set(known.concepts);
  const signatures = [...known.signatures];
  // The newest first, as it is those that count where there are more than are looked at.
  let before: Position | undefined;
  for (let seen = 0; seen < DECLINED_THOUGHTS_MAX; seen += LOG_PAGE) {
    const page = await store.log({
      newest: true,
      limit: LOG_PAGE,
      ...(before === undefined ? {} : { before }),
    });
    for (const entry of page) {
      await slices.pause();
      if (after !== null && entry.position <= after) return { memories, concepts, signatures };
      if (entry.kind !== "undo" || entry.undoes === undefined) continue;
      if ((await store.logEntry(entry.undoes, { images: false }))?.kind !== CURATION) continue;
      takeIn(entry, { memories, concepts, signatures });
    }
    if (page.length < LOG_PAGE) break;
    before = page.at(-1)!.position;
  }
  return { memories, concepts, signatures };
}

interface Taken {
  readonly memories: Set<string>;
  readonly concepts: Set<string>;
  readonly signatures: (readonly string[])[];
}

/** The before-images of an undo are what curation had made. */
function takeIn({ changes }: LogEntry, { memories, concepts, signatures }: Taken): void {
  for (const { key, before } of changes) {
    if (key[0] !== "object") continue;
    const oid = String(key[1]);
    const restored = restore(oid, before);
    const slots = restored.ok ? restored.snapshot.context.slots : {};
    const sources = slots.abstraction_of?.kind === "data" ? slots.abstraction_of.value : null;
    if (Array.isArray(sources)) {
      concepts.add(oid);
      signatures.push(sources.slice(-SIGNATURE_SOURCES).map(String));
    } else if (slots.masked !== undefined) memories.add(oid);
    // A concept that came back had gone into another.
    else if (before === null) concepts.add(oid);
  }
}
