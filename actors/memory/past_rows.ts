/** The rows that a recall as of the past must see differently from now: those that changed since, as they were then. */
import { keys, type LogEntry, type Position, type Store } from "../../kv/mod.ts";
import { ArgumentError } from "../errors.ts";
import { LOG_PAGE, PAST_EMBEDDED_MAX, PAST_ROWS_MAX, PAST_THOUGHTS_MAX } from "./limits.ts";
import { MAINTENANCE, textOf } from "./reembed.ts";
import { fromBytes } from "./vector_bytes.ts";

/** How a memory's row was: its vector, `null` when there was none, or only known in another embedding space. */
export type PastRow = Float32Array | null | "in another space";

/**
 * @returns for each memory whose row changed after `asOf`, how it was then
 * @throws {ArgumentError} when too much has happened since
 */
export async function rowsAsOf(
  store: Store,
  asOf: Position,
  space: { readonly id: string; readonly dimensions: number },
): Promise<Map<string, PastRow>> {
  const rows = new Map<string, PastRow>();
  let seen = 0;
  for (let after = asOf;;) {
    const page = await store.log({ after, limit: LOG_PAGE });
    for (const entry of page) takeIn(entry, space, rows);
    seen += page.length;
    if (rows.size > PAST_ROWS_MAX || seen > PAST_THOUGHTS_MAX) throw tooFar(asOf);
    if (page.length < LOG_PAGE) return rows;
    after = page.at(-1)!.position;
  }
}

function takeIn(
  entry: LogEntry,
  space: { readonly id: string; readonly dimensions: number },
  rows: Map<string, PastRow>,
): void {
  // Bringing a memory into another space changes nothing about it.
  if (entry.kind === MAINTENANCE) return;
  const first = new Map<string, PastRow>();
  for (const { key, before } of entry.changes) {
    if (key[0] !== "vector") continue;
    const oid = key[2] as string;
    // The first change after that time tells how it was then; later ones do not.
    if (rows.has(oid)) continue;
    const here = key[1] === space.id ? fromBytes(before, space.dimensions) : null;
    if (here !== null) first.set(oid, here);
    else if (before !== null && !(first.get(oid) instanceof Float32Array)) first.set(oid, "in another space");
    else if (!first.has(oid)) first.set(oid, null);
  }
  for (const [oid, row] of first) rows.set(oid, row);
}

/**
 * The vectors of what these memories said then, made now.
 * @throws {ArgumentError} when they are too many
 */
export async function textsAsOf(options: {
  readonly store: Store;
  readonly asOf: Position;
  readonly oids: readonly string[];
  readonly embed: (texts: string[]) => Promise<Float32Array[]>;
}): Promise<Map<string, Float32Array>> {
  const { store, asOf, oids, embed } = options;
  if (oids.length > PAST_EMBEDDED_MAX) throw tooFar(asOf);
  const past = store.asOf(asOf);
  const texts: [oid: string, text: string][] = [];
  for (const oid of oids) {
    const text = textOf(oid, await past.get<unknown>(keys.object(oid)));
    if (text !== null) texts.push([oid, text]);
  }
  const vectors = texts.length === 0 ? [] : await embed(texts.map(([, text]) => text));
  return new Map(texts.map(([oid], at) => [oid, vectors[at]!]));
}

function tooFar(asOf: Position): ArgumentError {
  return new ArgumentError(
    `A recall as of the past looks back over at most ${PAST_THOUGHTS_MAX} thoughts and ${PAST_ROWS_MAX} changed memories, ` +
      `${PAST_EMBEDDED_MAX} of them from before the embedding space changed`,
    "Choose a later position.",
    { asOf, thoughtsMax: PAST_THOUGHTS_MAX, rowsMax: PAST_ROWS_MAX, embeddedMax: PAST_EMBEDDED_MAX },
  );
}
