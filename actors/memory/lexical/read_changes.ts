/** What the lexical index lacks, read from the store: every object as it is and as it was, or the changes since. */
import {
  type CommittedThought,
  formatPosition,
  keys,
  type LogEntry,
  parsePosition,
  type Position,
  type Store,
} from "../../../kv/mod.ts";
import type { LexicalChange, LexicalRow, PastRow } from "../../../vector/mod.ts";
import { hasLostImages } from "../lost_images.ts";
import { lexicalRow, sameRow } from "./lexical_row.ts";
import { FILL_BATCH, FOLLOW_PAGE } from "./limits.ts";

/** What thoughts that were just decided change. */
export function changesOf(thoughts: readonly CommittedThought[]): LexicalChange[] {
  const found: LexicalChange[] = [];
  for (const { changes, position } of thoughts) {
    for (const { key, before, after } of changes) {
      if (key[0] === "object") pushChange(found, key[1] as string, { before, after, position });
    }
  }
  return found;
}

export interface ChangesPage {
  readonly changes: LexicalChange[];
  /** The last thought of the page; null when there is none. */
  readonly upTo: Position | null;
}

/** The changes of the thoughts that follow a position, a page at a time. */
export async function changesAfter(store: Store, after: Position): Promise<ChangesPage> {
  const page = await store.log({ after, limit: FOLLOW_PAGE });
  const current = await currentForms(store, page);
  const found: LexicalChange[] = [];
  // What a change left behind is what the next one found: the last one left what stands there now.
  for (const entry of page.toReversed()) {
    const { position, changes } = entry;
    const isLost = hasLostImages(entry);
    for (const { key, before } of changes) {
      if (key[0] !== "object") continue;
      const oid = key[1] as string;
      pushChange(found, oid, { before, after: current.get(oid), position, isLost });
      current.set(oid, before);
    }
  }
  return { changes: found.reverse(), upTo: page.at(-1)?.position ?? null };
}

export interface FillBatch {
  readonly rows: { readonly row: LexicalRow; readonly born: Position }[];
  /** Objects looked at, with or without a text. */
  readonly objects: number;
}

/** Every text that is in the image, a batch at a time. What is decided meanwhile may be among it already. */
export async function* allRows(store: Store, signal: AbortSignal): AsyncGenerator<FillBatch> {
  const { epoch } = parsePosition(store.position);
  let batch: FillBatch["rows"] = [];
  let objects = 0;
  for await (const { key, value, versionstamp } of store.list<unknown>(keys.objects())) {
    signal.throwIfAborted();
    objects++;
    const row = lexicalRow(key.at(-1) as string, value);
    if (row !== null) batch.push({ row, born: formatPosition(epoch, versionstamp, 0) });
    if (objects < FILL_BATCH) continue;
    yield { rows: batch, objects };
    batch = [];
    objects = 0;
  }
  yield { rows: batch, objects };
}

/** Every text that was in the image and is no more, up to a position, as far as history goes back. */
export async function* pastRows(
  store: Store,
  upTo: Position,
  signal: AbortSignal,
): AsyncGenerator<PastRow[]> {
  let after: Position | undefined;
  for (;;) {
    signal.throwIfAborted();
    const page = await store.log({ ...(after === undefined ? {} : { after }), limit: FOLLOW_PAGE });
    const found: PastRow[] = [];
    for (const { position, changes } of page) {
      if (position > upTo) break;
      for (const { key, before } of changes) {
        const row = key[0] === "object" ? lexicalRow(key[1] as string, before) : null;
        if (row === null) continue;
        const [born] = await store.changesOf(keys.object(row.id), {
          before: position,
          newest: true,
          limit: 1,
        });
        found.push({ row, born: born ?? "", died: position });
      }
    }
    if (found.length > 0) yield found;
    after = page.at(-1)?.position;
    if (after === undefined || page.length < FOLLOW_PAGE || after >= upTo) return;
  }
}

interface Forms {
  readonly before: unknown;
  readonly after: unknown;
  readonly position: Position;
  /** What was there before is not known any more. */
  readonly isLost?: boolean;
}

function pushChange(found: LexicalChange[], oid: string, forms: Forms): void {
  const { before, after, position, isLost = false } = forms;
  const was = lexicalRow(oid, before);
  const is = lexicalRow(oid, after);
  if (isLost || !sameRow(was, is)) found.push({ id: oid, before: was, after: is, position });
}

async function currentForms(store: Store, page: readonly LogEntry[]): Promise<Map<string, unknown>> {
  const oids = new Set<string>();
  for (const { changes } of page) {
    for (const { key } of changes) if (key[0] === "object") oids.add(key[1] as string);
  }
  const list = [...oids];
  const entries = await store.getMany<unknown>(list.map((oid) => keys.object(oid)));
  return new Map(list.map((oid, at) => [oid, entries[at]?.value ?? null]));
}
