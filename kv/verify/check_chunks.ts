/**
 * Chunks that nothing refers to: of values, of records, of large thoughts. History counts as a reference. What is
 * younger than a day may belong to a thought that is under way, and is left alone.
 */
import { CorruptError } from "../errors.ts";
import { encodeKey, type Key } from "../keys.ts";
import type { Inspection } from "./inspection.ts";
import { orphanAgeMs } from "./limits.ts";
import type { ProblemKind } from "./problem.ts";

/** To be run last: everything else has said by then what it refers to. */
export async function checkChunks(inspection: Inspection): Promise<void> {
  inspection.begin("chunks");
  await checkFamily(inspection, "blob", "blob_orphaned");
  await checkFamily(inspection, "part", "part_orphaned");
  await checkRedo(inspection);
}

async function checkFamily(
  inspection: Inspection,
  family: "blob" | "part",
  kind: ProblemKind,
): Promise<void> {
  await inspection.each([family], ({ key }) => {
    inspection.count(family);
    if (inspection.chunks.has(encodeKey(key)) || isYoung(inspection, key)) return;
    inspection.report({
      kind,
      key,
      message: `Nothing, history included, refers to ${key.join("/")}`,
      repair: () => remove(inspection, key),
    });
  });
}

async function checkRedo(inspection: Inspection): Promise<void> {
  await inspection.each(["redo"], async ({ key }) => {
    inspection.count("redo");
    if (isYoung(inspection, key) || await isPending(inspection, key)) return;
    inspection.report({
      kind: "redo_left",
      key,
      message: `${key.join("/")} is of a large thought that is over`,
      repair: async () => await isPending(inspection, key) ? null : await remove(inspection, key),
    });
  });
}

/** Whether the head names it: then it is going to be applied. */
async function isPending(inspection: Inspection, key: Key): Promise<boolean> {
  try {
    return (await inspection.head()).redo?.batch === key[1];
  } catch (error) {
    // Without a head nobody knows.
    if (error instanceof CorruptError) return true;
    throw error;
  }
}

/** Ids of chunks tell when they were made; one that does not is none of a program's. */
function isYoung(inspection: Inspection, key: Key): boolean {
  const id = String(key[1]);
  const made = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  return made > inspection.now - orphanAgeMs;
}

async function remove({ kv }: Inspection, key: Key): Promise<string> {
  await kv.delete(key);
  return "removed it";
}
