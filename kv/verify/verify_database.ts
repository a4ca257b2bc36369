/** The walk over a whole image, in the order in which each check needs what the ones before have seen. */
import { CorruptError } from "../errors.ts";
import { keys } from "../keys.ts";
import { startOfEpoch } from "../position.ts";
import type { Reader } from "../reader.ts";
import { readBounds } from "../schema.ts";
import { GoneList } from "./check_gone.ts";
import { checkChunks } from "./check_chunks.ts";
import { checkLog } from "./check_log.ts";
import type { LogBounds } from "./check_versions.ts";
import { checkObjects } from "./check_objects.ts";
import { checkMeta, checkOwned, checkUnknown } from "./check_owned.ts";
import { Inspection } from "./inspection.ts";
import type { VerifyOptions } from "./options.ts";
import type { VerifyReport } from "./problem.ts";
import { type CommitPort, repairAll } from "./repair.ts";

/**
 * Walks the image and tells everything that is dangling, missing or corrupt. It may be lived in meanwhile: each doubt
 * is looked at again before it is told. Memory grows with what is live (about 100 bytes a key), not with history.
 * @param port what repairs commit through; without it nothing is repaired
 * @throws what the signal aborts with, and the store's own errors when it is closed meanwhile
 */
export async function verifyDatabase(
  reader: Reader,
  options: VerifyOptions,
  port: CommitPort | null,
): Promise<VerifyReport> {
  const inspection = new Inspection(reader, options);
  const { position, bounds } = await readStart(inspection);
  const gone = new GoneList(inspection);
  const checks = [
    () => checkMeta(inspection),
    () => checkObjects(inspection),
    () => checkOwned(inspection),
    () => gone.check(),
    () => checkLog(inspection, bounds, gone),
    () => checkChunks(inspection),
    () => checkUnknown(inspection),
  ];
  for (const check of checks) await inspection.run(check);
  if (options.repair === true && port !== null) await repairAll(inspection, port);
  const { problems, more, checked, repaired } = inspection;
  return { ok: problems.length === 0 && more === 0, position, checked, problems, more, repaired };
}

async function readStart(inspection: Inspection): Promise<{ position: string | null; bounds: LogBounds }> {
  const start = startOfEpoch(1);
  try {
    const { epoch, position } = await inspection.head();
    return { position, bounds: { epoch, ...await readBounds(inspection.kv) } };
  } catch (error) {
    if (!(error instanceof CorruptError)) throw error;
    const key = Array.isArray(error.details.key) ? error.details.key : keys.head();
    inspection.report({ kind: "head_wrong", key, message: error.message });
    return { position: null, bounds: { epoch: 0, watermark: start, horizon: start } };
  }
}
