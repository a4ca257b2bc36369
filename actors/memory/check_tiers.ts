/**
 * Whether what is derived agrees with the store: every memory has its vector, every vector is in working memory or found
 * in the archive, and the index of words holds what is said and nothing else. What differs is looked at again before it
 * is told, as thoughts go on meanwhile.
 */
import { keys, type Store } from "../../kv/mod.ts";
import type { LexicalIndex } from "../../vector/mod.ts";
import type { MemoryCheck, MemoryProblem } from "../system/mod.ts";
import type { ArchiveBridge } from "./archive_bridge.ts";
import { lexicalRow } from "./lexical/mod.ts";
import { CHECK_BATCH, CHECK_NEIGHBOURS, CHECK_SAMPLED_MAX, PROBLEMS_TOLD_MAX } from "./limits.ts";
import type { SpaceIndex } from "./space_index.ts";
import { fromBytes, isWordless } from "./vector_bytes.ts";

export interface Checked {
  readonly store: Store;
  readonly index: SpaceIndex;
  readonly archive: ArchiveBridge;
  /** Null when it is not there, which is a problem of its own. */
  readonly lexical: LexicalIndex | null;
}

type Doubt = Pick<MemoryProblem, "kind" | "oid">;

/** At most `PROBLEMS_TOLD_MAX` problems are told. */
export async function checkTiers(checked: Checked): Promise<MemoryCheck> {
  const doubts: Doubt[] = [];
  const rows = await compareVectors(checked, doubts);
  const texts = await compareTexts(checked, doubts);
  const sampled = await sampleArchive(checked, doubts);
  const problems: MemoryProblem[] = [];
  for (const doubt of doubts) {
    if (problems.length === PROBLEMS_TOLD_MAX) break;
    if (await stands(checked, doubt)) problems.push(told(doubt));
  }
  if (checked.lexical === null) problems.push(told({ kind: "lexical_absent", oid: null }));
  return { ok: problems.length === 0, checked: { rows, texts, sampled }, problems };
}

async function compareVectors({ store, index }: Checked, doubts: Doubt[]): Promise<number> {
  let rows = 0;
  for await (const { key, value } of store.list<unknown>(keys.vectors(index.space.id))) {
    const oid = key.at(-1) as string;
    const vector = fromBytes(value, index.space.dimensions);
    rows++;
    if (vector === null) doubts.push({ kind: "vector_corrupt", oid });
    else if (index.book.has(oid) === isWordless(vector)) doubts.push({ kind: "index_differs", oid });
  }
  for (const oid of rows < index.book.size ? index.book.ids() : []) {
    if ((await store.get<unknown>(keys.vector(index.space.id, oid))) === null) {
      doubts.push({ kind: "index_differs", oid });
    }
  }
  return rows;
}

/** Both are listed in the order of the oids, and gone through side by side. */
async function compareTexts({ store, index, lexical }: Checked, doubts: Doubt[]): Promise<number> {
  const ids = lexicalIds(lexical);
  let next = await ids.next();
  let texts = 0;
  for await (const { key, value } of store.list<unknown>(keys.objects())) {
    const oid = key.at(-1) as string;
    if (lexicalRow(oid, value) === null) continue;
    texts++;
    if ((await store.get<unknown>(keys.vector(index.space.id, oid))) === null) {
      doubts.push({ kind: "vector_missing", oid });
    }
    if (lexical === null) continue;
    for (; !next.done && next.value < oid; next = await ids.next()) {
      doubts.push({ kind: "lexical_differs", oid: next.value });
    }
    if (!next.done && next.value === oid) next = await ids.next();
    else doubts.push({ kind: "lexical_differs", oid });
  }
  for (; !next.done; next = await ids.next()) doubts.push({ kind: "lexical_differs", oid: next.value });
  return texts;
}

async function* lexicalIds(lexical: LexicalIndex | null): AsyncGenerator<string, void> {
  for (let after = "", page = [""] as readonly string[]; lexical !== null && page.length > 0;) {
    page = await lexical.ids(after, CHECK_BATCH);
    yield* page;
    after = page.at(-1) ?? after;
  }
}

/** Asks the archive for a sample of what only it has, each by its own vector. */
async function sampleArchive({ store, index, archive }: Checked, doubts: Doubt[]): Promise<number> {
  const away = index.book.awayIds("all");
  const step = Math.max(1, Math.floor(away.length / CHECK_SAMPLED_MAX));
  const sample = away.filter((_, at) => at % step === 0).slice(0, CHECK_SAMPLED_MAX);
  for (const oid of sample) {
    const entry = await store.get<unknown>(keys.vector(index.space.id, oid));
    const vector = fromBytes(entry?.value, index.space.dimensions);
    if (vector === null) continue;
    const hits = await archive.search(vector, CHECK_NEIGHBOURS, new Set());
    if (!hits.some(({ id }) => id === oid)) doubts.push({ kind: "archive_differs", oid });
  }
  return sample.length;
}

/** Whether a doubt is one still, now that what was under way has ended. */
async function stands({ store, index, lexical }: Checked, { kind, oid }: Doubt): Promise<boolean> {
  if (oid === null || kind === "archive_differs") return true;
  const [object, entry] = await store.getMany<unknown>([keys.object(oid), keys.vector(index.space.id, oid)]);
  const vector = fromBytes(entry?.value, index.space.dimensions);
  const text = lexicalRow(oid, object?.value ?? null);
  if (kind === "vector_corrupt") return entry != null && vector === null;
  if (kind === "vector_missing") return text !== null && entry == null;
  if (kind === "index_differs") return index.book.has(oid) !== (vector !== null && !isWordless(vector));
  const found = await lexical?.describe([oid]);
  return (found?.length === 1) !== (text !== null);
}

const WORDS: Readonly<Record<MemoryProblem["kind"], readonly [message: string, hint: string]>> = {
  vector_corrupt: ["its vector is none of the space", "Edit its text, which makes its vector anew."],
  vector_missing: ["it has a text and no vector", "Edit its text, which makes its vector."],
  index_differs: ["working memory differs from the store", "Run telos rebuild."],
  archive_differs: ["the archive does not find it by its own vector", "Run telos rebuild."],
  lexical_differs: ["the index of words differs from the store", "Run telos rebuild."],
  lexical_absent: ["the index of words is not there", "It is tried again by itself; see telos health."],
};

function told({ kind, oid }: Doubt): MemoryProblem {
  const [message, hint] = WORDS[kind];
  return { kind, oid, message, hint, repairable: kind !== "vector_corrupt" && kind !== "vector_missing" };
}
