/** A lexical index over a file of its own. */
import { LexicalIndex, type LexicalIndexOptions, type LexicalRow } from "../../../vector/mod.ts";

const worker = new URL("../../../vector/lexical/worker.ts", import.meta.url);

export interface OpenLexical extends AsyncDisposable {
  readonly index: LexicalIndex;
  readonly path: string;
}

export function startLexical(
  path: string,
  options: Partial<LexicalIndexOptions> = {},
): Promise<LexicalIndex> {
  return LexicalIndex.start({ path, image: "an image", worker, ...options });
}

export async function openLexical(): Promise<OpenLexical> {
  const folder = await Deno.makeTempDir({ prefix: "telos-lexical-" });
  const path = `${folder}/lexical.sqlite`;
  const index = await startLexical(path);
  return {
    index,
    path,
    [Symbol.asyncDispose]: async () => {
      await index.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

export function row(id: string, text: string, more: Partial<LexicalRow> = {}): LexicalRow {
  return { id, text, thread: null, at: 0, source: null, kind: "memory", importance: 0, slots: {}, ...more };
}

/** A position: text order is commit order. */
export function at(n: number): string {
  return `000001-${n.toString(16).padStart(20, "0")}-0000`;
}

/** Puts rows there at one position. */
export async function put(index: LexicalIndex, n: number, ...rows: readonly LexicalRow[]): Promise<void> {
  const changes = rows.map((after) => ({ id: after.id, before: null, after, position: at(n) }));
  await index.apply(changes, at(n));
}

/** The ids found, in no order. */
export async function found(
  index: LexicalIndex,
  query: string,
  options: { asOf?: string; limit?: number } = {},
): Promise<string[]> {
  const { hits } = await index.search(query, { limit: 100, ...options });
  return hits.map(({ id }) => id).sort();
}
