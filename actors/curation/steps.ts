/**
 * The steps of a run, one after the other: read, relate, gate, cluster, and for each concept define and commit. Each is
 * a function of what the ones before it found, ends with its signal, and changes the image in whole thoughts alone.
 */
import { type Key, keys } from "../../kv/mod.ts";
import { restore } from "../object/mod.ts";
import { spaceOf } from "../questions/mod.ts";
import { communities } from "./communities.ts";
import { conceptVector } from "./concept_vector.ts";
import { Definer } from "./define.ts";
import { describe, type Vocabulary, vocabularyOf } from "./describe.ts";
import { type Experience, readExperience, textIn } from "./experience.ts";
import { findGates, maskedInVain } from "./gates.ts";
import { COMMUNITY_DENSITY, GATED_A_THOUGHT } from "./limits.ts";
import { mutualGraph, type Neighbour, noiseOf, relate } from "./neighbours.ts";
import { type Action, planActions } from "./plan.ts";
import type { CurationPorts, Entry, Memory } from "./ports.ts";
import type { Settings } from "./settings.ts";
import { Slices } from "./slices.ts";
import { commitAction, type Defined, mask, textOf, unmask } from "./thoughts.ts";

/** What every step is given. */
export interface StepOptions {
  readonly ports: CurationPorts;
  readonly settings: Settings;
  readonly run: number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
  /** Told of each thought at once, so that none is missing from the report of a run that is stopped. */
  readonly onEntry: (
    entry: Entry,
    count?: Partial<Record<"junk" | "duplicates" | "unmasked", number>>,
  ) => void;
}

/** What a run has found out, as far as it has come. */
export interface Found {
  readonly experience: Experience;
  readonly neighbours: readonly (readonly Neighbour[])[];
  /** Places of memories that are masked. */
  readonly out: ReadonlySet<number>;
  readonly byOid: ReadonlyMap<string, Memory>;
  readonly vocabulary: Vocabulary;
  readonly actions: readonly Action[];
}

export async function readStep({ ports, settings, signal }: StepOptions): Promise<Experience> {
  return await readExperience(ports.world, settings, signal);
}

export async function relateStep(
  { memories }: Experience,
  { ports, signal, onProgress }: StepOptions,
): Promise<Neighbour[][]> {
  return await relate(ports, memories, { signal, onProgress: (done) => onProgress(done, memories.length) });
}

/** @returns the places of memories that are masked now */
export async function gateStep(
  { experience, neighbours }: Pick<Found, "experience" | "neighbours">,
  options: StepOptions,
): Promise<Set<number>> {
  const { ports: { world }, signal, onProgress, onEntry } = options;
  const { memories, declined } = experience;
  const slices = new Slices(signal);
  await showAgain(experience, options);
  const gates = await slices.run(findGates(memories, neighbours, declined));
  const texts = new Map(memories.map(({ oid, text }) => [oid, text]));
  const masked = new Set<string>();
  for (let from = 0; from < gates.length; from += GATED_A_THOUGHT) {
    const done = await mask(world, gates.slice(from, from + GATED_A_THOUGHT), signal);
    for (const [at, gate] of (done?.value ?? []).entries()) {
      masked.add(gate.oid);
      const why = gate.kind === "junk" ? `junk: ${gate.reason}` : `duplicate: ${gate.reason}`;
      const objects = gate.of === null ? [gate.oid] : [gate.oid, gate.of];
      const entry = { did: "masked" as const, text: texts.get(gate.oid) ?? "", why, objects };
      onEntry(
        { ...entry, position: done!.position },
        gate.kind === "junk" ? { junk: 1 } : { duplicates: 1 },
      );
      if (at === GATED_A_THOUGHT - 1) onProgress(from + at + 1, gates.length);
    }
    await slices.pause();
  }
  return new Set(memories.flatMap(({ oid }, at) => masked.has(oid) ? [at] : []));
}

async function showAgain(
  { memories, masked }: Experience,
  { ports: { world }, signal, onEntry }: StepOptions,
): Promise<void> {
  const texts = new Map<string, string | null>(memories.map(({ oid, text }) => [oid, text]));
  const slices = new Slices(signal);
  const unknown = masked.flatMap(({ duplicateOf: of }) => of === null || texts.has(of) ? [] : [of]);
  for (const oid of new Set(unknown)) {
    const restored = restore(oid, (await world.store.get<unknown>(keys.object(oid) as Key))?.value);
    const context = restored.ok ? restored.snapshot.context : null;
    const stays = context !== null && textIn(context, "masked") === null;
    texts.set(oid, stays ? textIn(context, "text_chunk") : null);
    await slices.pause();
  }
  const vain = maskedInVain(masked, (oid) => texts.get(oid) ?? null);
  const said = new Map(masked.map(({ oid, text }) => [oid, text]));
  for (let from = 0; from < vain.length; from += GATED_A_THOUGHT) {
    const done = await unmask(world, vain.slice(from, from + GATED_A_THOUGHT), signal);
    for (const oid of done?.value ?? []) {
      const why = "what it was a duplicate of is gone, or says something else";
      const entry = { did: "unmasked" as const, text: said.get(oid) ?? "", why, objects: [oid] };
      onEntry({ ...entry, position: done!.position }, { unmasked: 1 });
    }
  }
}

export async function clusterStep(
  { experience, neighbours, out }: Pick<Found, "experience" | "neighbours" | "out">,
  { settings, signal }: StepOptions,
): Promise<Pick<Found, "byOid" | "vocabulary" | "actions">> {
  const { memories, concepts, declined } = experience;
  const slices = new Slices(signal);
  const remaining = memories.filter((_, at) => !out.has(at));
  const noise = noiseOf(remaining);
  const graph = await slices.run(mutualGraph(neighbours, { noise, out }));
  const labels = await slices.run(communities(graph, COMMUNITY_DENSITY));
  const groups = new Map<number, string[]>();
  for (const [at, label] of labels.entries()) {
    if (out.has(at)) continue;
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [memories[at]!.oid]);
    else group.push(memories[at]!.oid);
  }
  const clusters = [...groups.values()].filter(({ length }) => length > 1);
  const vocabulary = await slices.run(vocabularyOf(remaining));
  return {
    byOid: new Map(remaining.map((memory) => [memory.oid, memory])),
    vocabulary,
    actions: planActions(clusters, concepts, { clusterMin: settings.cluster_min, declined }),
  };
}

/** @returns the parts of an action with their words and vectors, and the time that embedding took, milliseconds */
export async function defineStep(
  action: Action,
  { byOid, vocabulary }: Pick<Found, "byOid" | "vocabulary">,
  { ports, signal, definer }: StepOptions & { readonly definer: Definer },
): Promise<{ readonly defined: readonly Defined[]; readonly embeddingMs: number }> {
  const slices = new Slices(signal);
  const space = await spaceOf(ports.world);
  const defined: Defined[] = [];
  let embeddingMs = 0;
  for (const part of action.parts) {
    await slices.pause();
    const members = part.sources.flatMap((oid) => byOid.get(oid) ?? []);
    const isNew = (part.redefine || part.concept === null) && members.length > 0;
    const definition = isNew ? await definer.define(members, vocabulary, signal) : null;
    const began = performance.now();
    const [vector = null] = definition === null
      ? []
      : await (await ports.memory()).embed([textOf(definition)], signal);
    embeddingMs += performance.now() - began;
    const terms = definition?.terms ?? (members.length === 0 ? [] : describe(members, vocabulary).terms);
    const hypervector = await slices.run(conceptVector({ sources: part.sources, terms }, space));
    defined.push({ part, definition, vector, hypervector });
  }
  return { defined, embeddingMs };
}

const DID = { create: "created", grow: "grown", merge: "merged", split: "split" } as const;

export async function commitStep(
  action: Action,
  defined: readonly Defined[],
  { ports, settings, run, signal, onEntry }: StepOptions,
): Promise<void> {
  const done = await commitAction(ports, action, defined, { clusterMin: settings.cluster_min, run, signal });
  const [first] = defined;
  const title = first?.definition?.title ?? first?.part.concept?.title ?? "";
  if (done === null) {
    const why =
      "what it builds on has changed meanwhile, or others descend from it; the next run looks at it anew";
    return onEntry({ did: "left", text: title, why, objects: [], position: null });
  }
  onEntry({
    did: DID[action.kind],
    text: title,
    why: whyOf(action, defined),
    objects: done.value,
    position: done.position,
  });
}

function whyOf({ kind, parts, absorbed }: Action, defined: readonly Defined[]): string {
  const [{ sources, concept }] = parts as [Action["parts"][number]];
  const author = defined[0]?.definition?.author;
  const by = author === undefined
    ? "its words stay"
    : author.method === "mind"
    ? `named by ${author.persona ?? "a persona"} (${author.model ?? author.mind})`
    : `named by its distinctive words, as ${author.because}`;
  switch (kind) {
    case "create":
      return `${sources.length} memories are nearer to one another than to others; ${by}`;
    case "grow":
      return `${sources.length} memories instead of ${
        (concept?.sources.length ?? 0) + (concept?.lost ?? 0)
      }; ${by}`;
    case "merge":
      return `memories of ${absorbed.length + 1} concepts are one group by now: took in ${
        absorbed.map(({ title }) => `"${title}"`).join(", ")
      }; ${by}`;
    case "split":
      return `its memories are ${parts.length} groups by now; ${by}`;
  }
}
