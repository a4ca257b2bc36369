/**
 * What curation does to the image, each one thought that can be undone: masking what says nothing new, showing again
 * what was masked in vain, making a concept, changing, joining and parting concepts. What a thought builds on is read
 * in it, so that what a person changes meanwhile is never overwritten.
 */
import { v7 as uuidv7 } from "uuid";
import { keys, type Position } from "../../kv/mod.ts";
import type { Json, ObjectContext, Slot } from "../object/mod.ts";
import { create, remove, resolveIn, type World, type WorldTransaction } from "../world/mod.ts";
import type { Definition } from "./define.ts";
import { CONCEPT_PROTOTYPE, sourcesIn, textIn } from "./experience.ts";
import type { Action, Part } from "./plan.ts";
import type { Concept, CurationPorts } from "./ports.ts";
import { CURATION, CURATOR } from "./settings.ts";
import { shortened } from "./words.ts";

/** A memory that is to be masked, and why. */
export interface Gate {
  readonly oid: string;
  readonly kind: "junk" | "duplicate";
  readonly reason: string;
  /** The memory that says the same. */
  readonly of: string | null;
}

/** A thought that was decided; null in place of it when there was nothing left to do. */
export interface Done<T> {
  readonly position: Position;
  readonly value: T;
}

const data = (value: Json): Slot => ({ kind: "data", value });
const NAME_CHARACTERS_MAX = 80;

/** Masks memories. @returns those that were, as others have changed, gone or been masked meanwhile */
export async function mask(
  world: World,
  gates: readonly Gate[],
  signal: AbortSignal,
): Promise<Done<Gate[]> | null> {
  const info = { who: CURATOR, why: `mask ${counted(gates.length, "memory", "memories")}`, kind: CURATION };
  return await decided(world.thought(info, async (tx) => {
    signal.throwIfAborted();
    const masked: Gate[] = [];
    for (const gate of gates) {
      const context = await tx.read(gate.oid);
      if (context === null || context.reason !== null || textIn(context, "masked") !== null) continue;
      const survivor = gate.of === null ? null : await tx.read(gate.of);
      if (gate.of !== null && (survivor === null || textIn(survivor, "masked") !== null)) continue;
      const why = gate.kind === "junk" ? `junk: ${gate.reason}` : `duplicate: ${gate.reason}`;
      tx.stage(gate.oid, { type: "SLOT_SET", slot: "masked", value: data(why) });
      if (gate.of !== null) {
        const value: Slot = { kind: "reference", oid: gate.of };
        tx.stage(gate.oid, { type: "SLOT_SET", slot: "duplicate_of", value });
      }
      masked.push(gate);
    }
    return masked;
  }));
}

/** Shows memories again that were masked as duplicates of what is no more. */
export async function unmask(
  world: World,
  oids: readonly string[],
  signal: AbortSignal,
): Promise<Done<string[]> | null> {
  const info = {
    who: CURATOR,
    why: `show ${counted(oids.length, "memory", "memories")} again`,
    kind: CURATION,
  };
  return await decided(world.thought(info, async (tx) => {
    signal.throwIfAborted();
    const shown: string[] = [];
    for (const oid of oids) {
      const context = await tx.read(oid);
      if (context === null || context.reason !== null || textIn(context, "masked") === null) continue;
      tx.stage(oid, { type: "SLOT_REMOVED", slot: "masked" });
      if (context.slots.duplicate_of !== undefined) {
        tx.stage(oid, { type: "SLOT_REMOVED", slot: "duplicate_of" });
      }
      shown.push(oid);
    }
    return shown;
  }));
}

/** A part of an action with the words and vectors that it gets; its definition is null where it keeps its own. */
export interface Defined {
  readonly part: Part;
  readonly definition: Definition | null;
  /** Of `text`, in the space that serves; null where the words stay. */
  readonly vector: Float32Array | null;
  readonly hypervector: Uint8Array;
}

export interface CommitOptions {
  readonly clusterMin: number;
  readonly run: number;
  readonly signal: AbortSignal;
}

/** The text under which a concept is found. */
export function textOf({ title, definition }: Pick<Definition, "title" | "definition">): string {
  return `${title}: ${definition}`;
}

/**
 * Commits one action. @returns the oids of the concepts, the first being the one that stays; null when too much of what
 * it builds on has changed meanwhile: the next run looks at it anew
 */
export async function commitAction(
  ports: Pick<CurationPorts, "world" | "memory" | "clock">,
  action: Action,
  defined: readonly Defined[],
  options: CommitOptions,
): Promise<Done<string[]> | null> {
  const memory = await ports.memory();
  const at = ports.clock();
  const oids = defined.map(({ part }, index) =>
    part.concept?.oid ?? uuidv7({ msecs: at, seq: seqOf(index) })
  );
  const first = defined.find(({ definition }) => definition !== null)?.definition;
  const author = first?.author;
  const info = {
    who: CURATOR,
    why: whyOf(action, defined),
    kind: CURATION,
    ...(author?.persona == null ? {} : { persona: author.persona }),
    ...(author?.model == null ? {} : { model: author.model }),
  };
  const done = await decided(ports.world.thought(info, async (tx) => {
    options.signal.throwIfAborted();
    if (!await isStill(tx, action)) return [];
    for (const [index, each] of defined.entries()) {
      const sources = await livingSources(tx, each.part.sources);
      if (each.part.concept === null && sources.length < options.clusterMin) return [];
      const rows = await writePart(tx, oids[index]!, { ...each, sources, at, run: options.run });
      if (rows !== null) memory.stage(tx.thought, { rows: [rows], removed: [] });
    }
    for (const { oid } of action.absorbed) await remove(tx, oid, false);
    return oids;
  }));
  return done;
}

/** Far from the end of the 32 bits, so that those of one moment keep their order. */
function seqOf(index: number): number {
  return Math.floor(Math.random() * 2 ** 31) + index;
}

/** Whether the concepts are as they were when it was planned, and none that goes is anybody's parent. */
async function isStill(tx: WorldTransaction, { parts, absorbed }: Action): Promise<boolean> {
  const concerned = [...parts.flatMap(({ concept }) => concept ?? []), ...absorbed];
  for (const concept of concerned) {
    const context = await tx.read(concept.oid);
    if (context === null || context.reason !== null) return false;
    if (textIn(context, "definition_text") !== concept.definition) return false;
    if (sourcesIn(context).length !== concept.sources.length + concept.lost) return false;
  }
  for (const { oid } of absorbed) {
    for await (const _ of tx.thought.list(keys.children(oid))) return false;
  }
  return true;
}

async function livingSources(tx: WorldTransaction, sources: readonly string[]): Promise<string[]> {
  const living: string[] = [];
  for (const oid of sources) {
    const context = await tx.read(oid);
    if (context !== null && textIn(context, "masked") === null) living.push(oid);
  }
  return living;
}

interface Written extends Defined {
  readonly sources: readonly string[];
  readonly at: number;
  readonly run: number;
}

/** @returns the row by which it is found, where its words are new */
async function writePart(tx: WorldTransaction, oid: string, written: Written) {
  const { part, definition, vector, hypervector, sources, at, run } = written;
  const words = definition === null ? {} : {
    title: data(definition.title),
    definition_text: data(definition.definition),
    text_chunk: data(textOf(definition)),
    terms: data([...definition.terms]),
    provenance: data({
      by: CURATOR,
      ...definition.author,
      title: definition.title,
      definition: definition.definition,
      run,
      at,
    }),
  };
  const slots: Record<string, Slot> = { ...words, abstraction_of: data([...sources]) };
  if (part.concept === null) {
    const prototype = await conceptPrototype(tx, at);
    const name = shortened(`concept: ${definition!.title}`, NAME_CHARACTERS_MAX).replaceAll(/\p{Cc}/gu, " ");
    const isFree = await tx.isNameFree(name) && tx.chooseName(name);
    const slotsNow = { ...slots, creation_timestamp: data(at) };
    await create(tx, { oid, at }, { name, numbered: !isFree, parents: [prototype], slots: slotsNow });
  } else {
    await tx.require(oid);
    for (const [slot, value] of Object.entries(slots)) tx.stage(oid, { type: "SLOT_SET", slot, value });
  }
  tx.thought.set(keys.hypervector(oid), hypervector);
  return vector === null ? null : { oid, vector };
}

/** Images that were made before there was one, or have lost it, get it in the thought that needs it. */
async function conceptPrototype(tx: WorldTransaction, at: number): Promise<string> {
  const known = await tx.holderOf(CONCEPT_PROTOTYPE);
  if (known !== null) return known;
  const root = await resolveIn(tx, "genesis");
  const oid = uuidv7({ msecs: at });
  const slots = {
    doc: data("An abstraction of several memories."),
    definition_text: data(""),
    abstraction_of: data([]),
  };
  await create(tx, { oid, at }, { name: CONCEPT_PROTOTYPE, parents: [root], slots });
  return oid;
}

function whyOf({ kind, absorbed }: Action, defined: readonly Defined[]): string {
  const title = ({ part, definition }: Defined) => definition?.title ?? part.concept?.title ?? "";
  const [first, ...others] = defined as [Defined, ...Defined[]];
  const of = counted(first.part.sources.length, "memory", "memories");
  switch (kind) {
    case "create":
      return `concept "${title(first)}" of ${of}`;
    case "grow":
      return `concept "${title(first)}" is of ${of} now`;
    case "merge":
      return `concept "${title(first)}" takes in ${
        absorbed.map((each: Concept) => `"${each.title}"`).join(", ")
      }`;
    case "split":
      return `concept "${first.part.concept?.title}" falls apart: ${
        [first, ...others].map((each) => `"${title(each)}"`).join(", ")
      }`;
  }
}

function counted(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

async function decided<T extends readonly unknown[]>(
  outcome: Promise<{ readonly position: Position; readonly value: T }>,
): Promise<Done<T> | null> {
  const { position, value } = await outcome;
  return value.length === 0 ? null : { position, value };
}

/** A seal hook: the hypervector of what is deleted goes with it, and comes back with undo. */
export async function removeVectorsOfDeleted(tx: WorldTransaction): Promise<void> {
  for (const { oid, before, snapshot } of tx.drafts.values()) {
    if (snapshot !== null || before === null || !isConcept(before)) continue;
    const key = keys.hypervector(oid);
    if ((await tx.thought.get(key)) !== null) tx.thought.delete(key);
  }
}

function isConcept(context: ObjectContext): boolean {
  return context.slots.abstraction_of !== undefined;
}
