/** What belongs to objects (places, vectors, hypervectors), and the callers' own records. */
import { encodeKey, type Key, keys } from "../keys.ts";
import type { Inspection } from "./inspection.ts";
import { oidOf, stampOrder } from "./key_facts.ts";
import { recheckForm } from "./recheck_form.ts";
import { type Scanned, scanRange } from "./scan.ts";

const ownedFamilies = ["hypervector", "morph", "vector"] as const;
/** All families, in the store's order. */
const families = [
  "blob",
  "child",
  "gone",
  "hypervector",
  "idempotency",
  "log",
  "meta",
  "morph",
  "name",
  "object",
  "part",
  "redo",
  "vector",
  "version",
] as const;

/** Before all else: what callers say in `meta` is what their other values are held against. */
export async function checkMeta(inspection: Inspection): Promise<void> {
  await checkRecords(inspection, "meta");
}

export async function checkOwned(inspection: Inspection): Promise<void> {
  await checkRecords(inspection, "idempotency");
  for (const family of ownedFamilies) {
    inspection.begin(`${family}s`);
    await inspection.each([family], async (entry) => {
      inspection.count(family);
      await checkOwnedEntry(inspection, entry);
    });
  }
}

async function checkOwnedEntry(inspection: Inspection, entry: Scanned): Promise<void> {
  const { key, versionstamp } = entry;
  inspection.live.add(encodeKey(key), stampOrder(versionstamp));
  await checkValue(inspection, entry);
  const oid = oidOf(key);
  if (oid === null || inspection.live.has(encodeKey(keys.object(oid)))) return;
  await inspection.doubt(key, () => doubtOwner(inspection, key, oid));
}

async function doubtOwner(inspection: Inspection, key: Key, oid: string): Promise<void> {
  const [now, owner] = await inspection.snapshot([key, keys.object(oid)]);
  if (now === null || owner !== null) return;
  inspection.report({
    kind: "owner_missing",
    key,
    oid,
    message: `${key.join("/")} belongs to object ${oid}, which is not there`,
  });
}

async function checkRecords(inspection: Inspection, family: string): Promise<void> {
  inspection.begin(family);
  await inspection.each([family], async (entry) => {
    inspection.count(family);
    await checkValue(inspection, entry);
  });
}

async function checkValue(inspection: Inspection, entry: Scanned): Promise<void> {
  const opened = await inspection.openMet(entry);
  if ("error" in opened) return;
  if (inspection.forms.check(entry.key, opened.value) !== null) await recheckForm(inspection, entry.key);
}

/** Keys between the families that are known. */
export async function checkUnknown(inspection: Inspection): Promise<void> {
  inspection.begin("unknown keys");
  let start: Key = [new Uint8Array(0)];
  for (const family of [...families, null]) {
    const end: Key = family === null ? [true] : [family];
    const onUnreadable = (gap: Parameters<Inspection["unreadable"]>[1]) => inspection.unreadable([], gap);
    for await (
      const { key } of scanRange(inspection.kv, { start, end }, { signal: inspection.signal, onUnreadable })
    ) {
      inspection.count("unknown");
      inspection.report({ kind: "unknown_key", key, message: `${String(key[0])} is no family of an image` });
    }
    // Right behind all keys that begin with the family's name.
    start = [`${family}\0`];
  }
}
