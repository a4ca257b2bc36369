/**
 * Writes an image, or objects of it with all that belongs to them, as an archive: see FORMAT.md. The same image gives
 * the same bytes; lines stand in the order of the oids.
 */
import { createHash } from "node:crypto";
import type { Position, Store } from "../../kv/mod.ts";
import { OBJECT_VERSION } from "../object/mod.ts";
import { ARCHIVE_FORMAT, type ArchiveEnd, type ArchiveHead } from "./archive.ts";
import { closureOf } from "./closure.ts";
import { exactJson } from "./json.ts";
import { isDamaged, toLine } from "./record.ts";
import { Snapshot } from "./snapshot.ts";

export interface ExportOptions {
  /** The oids to begin with; the whole image without them. */
  readonly roots?: readonly string[] | undefined;
  /** Whether vectors go with the memories. Default: yes. */
  readonly vectors?: boolean | undefined;
}

/** Lines with their ends, as of the moment of the first. */
export async function* exportArchive(store: Store, options: ExportOptions = {}): AsyncGenerator<string> {
  const snapshot = await Snapshot.take(store, { vectors: options.vectors ?? true });
  const oids = options.roots === undefined ? await snapshot.oids() : await closureOf(snapshot, options.roots);
  const hash = createHash("sha256");
  const line = (text: string) => {
    hash.update(`${text}\n`);
    return `${text}\n`;
  };
  yield line(exactJson(headOf(snapshot, options, oids.length)));
  const counts = { objects: 0, damaged: 0, morphs: 0, vectors: 0, hypervectors: 0 };
  for await (const record of snapshot.records(oids)) {
    if (isDamaged(record)) counts.damaged++;
    else {
      counts.objects++;
      counts.morphs += Object.keys(record.morphs).length;
      counts.vectors += record.vector === undefined ? 0 : 1;
      counts.hypervectors += record.hypervector === undefined ? 0 : 1;
    }
    yield line(toLine(record));
  }
  const end: ArchiveEnd = { telos: "end", counts, sha256: hash.digest("hex") };
  yield `${exactJson(end)}\n`;
}

function headOf(snapshot: Snapshot, { roots }: ExportOptions, objects: number): ArchiveHead {
  const { position, imageId, space, canvases } = snapshot;
  return {
    telos: "archive",
    format: ARCHIVE_FORMAT,
    image: imageId,
    position: position as Position,
    objects,
    object_version: OBJECT_VERSION,
    ...(roots === undefined ? {} : { roots }),
    canvases,
    ...(space === null ? {} : { space }),
  };
}
