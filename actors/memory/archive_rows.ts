/** What a seal is made of, and what has died since: read from the store's truth and from its log. */
import { keys, type Position, type Store } from "../../kv/mod.ts";
import type { ArchiveRow } from "../../vector/mod.ts";
import type { SealableRows } from "./archive/mod.ts";
import { endOfAtomic } from "./born.ts";
import { LOAD_BATCH_ROWS, LOG_PAGE } from "./limits.ts";
import { Pacer } from "./pacer.ts";
import type { SpaceIndex } from "./space_index.ts";
import { hasLostImages } from "./lost_images.ts";
import { fromBytes } from "./vector_bytes.ts";

/** The rows of a filled index that were born after `after` ("" for all), as of now, or up to `upTo`. */
export function sealableRows(
  store: Store,
  index: SpaceIndex,
  options: { readonly after: string; readonly signal: AbortSignal; readonly upTo?: string | undefined },
): SealableRows {
  const { id, dimensions } = index.space;
  const watermark = options.upTo ?? endOfAtomic(store.position);
  const born = new Map<string, Position>();
  for (const oid of index.book.ids()) {
    const at = index.book.bornOf(oid)!;
    if (at > options.after && at <= watermark) born.set(oid, at);
  }
  return { space: { id, dimensions }, watermark, rows: readRows(store, index.space, born, options.signal) };
}

/**
 * A row that is replaced meanwhile may come with its new vector: the archive hides it, as the thought that replaced it
 * masks every row of that memory born before.
 */
async function* readRows(
  store: Store,
  space: { readonly id: string; readonly dimensions: number },
  born: ReadonlyMap<string, Position>,
  signal: AbortSignal,
): AsyncGenerator<ArchiveRow> {
  const oids = [...born.keys()];
  const pacer = new Pacer();
  for (let from = 0; from < oids.length; from += LOAD_BATCH_ROWS) {
    signal.throwIfAborted();
    pacer.begin();
    const batch = oids.slice(from, from + LOAD_BATCH_ROWS);
    const entries = await store.getMany<unknown>(batch.map((oid) => keys.vector(space.id, oid)));
    const rows = batch.flatMap((oid, at): ArchiveRow[] => {
      const vector = fromBytes(entries[at]?.value, space.dimensions);
      return vector === null ? [] : [{ id: oid, born: born.get(oid)!, vector }];
    });
    await pacer.rest(signal);
    yield* rows;
  }
}

/**
 * The deletions and replacements of rows of a space that were committed after a position. Where history no longer says
 * whether there was a row before, there may have been one: a birth that is told as a death hides nothing older.
 */
export async function* deathsSince(
  store: Store,
  spaceId: string,
  position: Position,
): AsyncGenerator<{ id: string; position: Position }> {
  for (let after = position;;) {
    const page = await store.log({ after, limit: LOG_PAGE });
    for (const entry of page) {
      const { position, changes } = entry;
      const isLost = hasLostImages(entry);
      for (const { key, before } of changes) {
        if (key[0] === "vector" && key[1] === spaceId && (before !== null || isLost)) {
          yield { id: key[2] as string, position };
        }
      }
    }
    if (page.length < LOG_PAGE) return;
    after = page.at(-1)!.position;
  }
}
