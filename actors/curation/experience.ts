/** What a run looks at: the newest memories with their vectors, those that are masked, and the concepts there are. */
import { type Key, keys, type Position } from "../../kv/mod.ts";
import { fromBytes, readSpaces } from "../memory/mod.ts";
import { type ObjectContext, restore } from "../object/mod.ts";
import type { World } from "../world/mod.ts";
import { declinedIn, reportIn } from "./report.ts";
import { readDeclined } from "./declined.ts";
import { CONCEPTS_MAX, READ_PAGE } from "./limits.ts";
import type { Declined } from "./plan.ts";
import type { Concept, Masked, Memory } from "./ports.ts";
import { curatorIn, dataOf, type Settings } from "./settings.ts";
import { Slices } from "./slices.ts";

export interface Experience {
  readonly position: Position;
  /** The oldest first. */
  readonly memories: readonly Memory[];
  readonly masked: readonly Masked[];
  readonly concepts: readonly Concept[];
  /** Whether there are older memories than were looked at. */
  readonly older: boolean;
  readonly declined: Declined;
}

const MEMORY_PROTOTYPE = "context_fractal_prototype";
export const CONCEPT_PROTOTYPE = "concept_fractal_prototype";

/** @throws the signal's reason */
export async function readExperience(
  world: World,
  settings: Settings,
  signal: AbortSignal,
): Promise<Experience> {
  const { store } = world;
  const slices = new Slices(signal);
  const { position } = store;
  const values = dataOf(await curatorIn(world));
  const last = reportIn(values);
  const declined = await readDeclined(store, declinedIn(values), { after: last?.position ?? null, slices });
  const { memories, older } = await readMemories(world, settings.memories, slices);
  const masked = await readMasked(world, { memories, limit: settings.memories, slices });
  const concepts = await readConcepts(world, { memories, slices });
  return { position, memories, masked, concepts, older, declined };
}

async function readMemories(world: World, limit: number, slices: Slices) {
  const { store } = world;
  const spaces = await readSpaces(store);
  if (spaces === null) return { memories: [], older: false };
  const { id, dimensions } = spaces.active;
  const memories: Memory[] = [];
  let older = false;
  let page: { oid: string; vector: Float32Array }[] = [];
  const take = async () => {
    const contexts = await readContexts(world, page.map(({ oid }) => oid), slices);
    for (const [at, { oid, vector }] of page.entries()) {
      const context = contexts[at];
      const text = context == null ? null : textIn(context, "text_chunk");
      // Concepts are found like memories and are none.
      if (text === null || textIn(context!, "definition_text") !== null) continue;
      if (memories.length === limit) older = true;
      else memories.push({ oid, text, vector, gated: textIn(context!, "answer_id") === null });
    }
    page = [];
  };
  for await (const { key, value } of store.list<unknown>(keys.vectors(id), { reverse: true })) {
    const vector = fromBytes(value, dimensions);
    if (vector === null) continue;
    page.push({ oid: String(key.at(-1)), vector });
    if (page.length === READ_PAGE) await take();
    await slices.pause();
    if (older) break;
  }
  await take();
  return { memories: memories.reverse(), older };
}

/** Masked memories have no vector: they are found among the children of the prototype. */
async function readMasked(
  world: World,
  { memories, limit, slices }: {
    readonly memories: readonly Memory[];
    readonly limit: number;
    readonly slices: Slices;
  },
): Promise<Masked[]> {
  const prototype = await world.find(MEMORY_PROTOTYPE);
  if (prototype === null) return [];
  const known = new Set(memories.map(({ oid }) => oid));
  const unknown = (await childrenOf(world, prototype, { limit: 2 * limit, slices }))
    .filter((oid) => !known.has(oid));
  const contexts = await readContexts(world, unknown, slices);
  return contexts.flatMap((context): Masked[] => {
    const text = context === null ? null : textIn(context, "text_chunk");
    if (context === null || text === null || textIn(context, "masked") === null) return [];
    const of = context.slots.duplicate_of;
    return [{ oid: context.oid, text, duplicateOf: of?.kind === "reference" ? of.oid : null }];
  });
}

async function readConcepts(
  world: World,
  { memories, slices }: { readonly memories: readonly Memory[]; readonly slices: Slices },
): Promise<Concept[]> {
  const prototype = await world.find(CONCEPT_PROTOTYPE);
  if (prototype === null) return [];
  const oids = await childrenOf(world, prototype, { limit: CONCEPTS_MAX, slices });
  const contexts = (await readContexts(world, oids, slices)).filter((each) => each !== null);
  const known = new Set(memories.map(({ oid }) => oid));
  const elsewhere = [...new Set(contexts.flatMap(sourcesIn))].filter((oid) => !known.has(oid));
  const others = await readContexts(world, elsewhere, slices);
  for (const [at, context] of others.entries()) {
    if (context !== null && textIn(context, "masked") === null) known.add(elsewhere[at]!);
  }
  return contexts.map((context) => conceptOf(context, known));
}

const CURATED_BY = "curator";

function conceptOf(context: ObjectContext, known: ReadonlySet<string>): Concept {
  const all = sourcesIn(context);
  const sources = all.filter((oid) => known.has(oid));
  const title = textIn(context, "title") ?? context.name ?? "";
  const definition = textIn(context, "definition_text") ?? "";
  const { provenance } = dataOf(context);
  const wrote = provenance as { by?: unknown; title?: unknown; definition?: unknown } | undefined;
  const edited = wrote?.title !== title || wrote.definition !== definition;
  return {
    oid: context.oid,
    title,
    definition,
    sources,
    lost: all.length - sources.length,
    curated: wrote?.by === CURATED_BY,
    edited,
  };
}

export function sourcesIn(context: ObjectContext): string[] {
  const slot = context.slots.abstraction_of;
  return slot?.kind === "data" && Array.isArray(slot.value)
    ? slot.value.filter((each) => typeof each === "string")
    : [];
}

/** The text of an own slot; null when it has none. */
export function textIn({ slots }: ObjectContext, name: string): string | null {
  const slot = slots[name];
  return slot?.kind === "data" && typeof slot.value === "string" && slot.value !== "" ? slot.value : null;
}

/** The newest children, the newest first. */
async function childrenOf(
  world: World,
  parent: string,
  { limit, slices }: { readonly limit: number; readonly slices: Slices },
): Promise<string[]> {
  const oids: string[] = [];
  for await (const { key } of world.store.list(keys.children(parent), { limit, reverse: true })) {
    oids.push(String(key.at(-1)));
    await slices.pause();
  }
  return oids;
}

/** As they are stored, without taking them into the world's memory; null for those that are not there, or unsound. */
async function readContexts(
  { store }: World,
  oids: readonly string[],
  slices: Slices,
): Promise<(ObjectContext | null)[]> {
  const contexts: (ObjectContext | null)[] = [];
  for (let from = 0; from < oids.length; from += READ_PAGE) {
    const page = oids.slice(from, from + READ_PAGE);
    const entries = await store.getMany<unknown>(page.map((oid): Key => keys.object(oid)));
    for (const [at, entry] of entries.entries()) {
      const restored = entry === null ? null : restore(page[at]!, entry.value);
      contexts.push(restored?.ok === true ? restored.snapshot.context : null);
      await slices.pause();
    }
  }
  return contexts;
}
