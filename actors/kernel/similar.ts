/**
 * Methods of the image that are like one that is missing: their selectors are alike, their objects have the same
 * slots, and of the likest the form is compared by hypervector. One that finds everything it reads and sends at the
 * receiver could stand there as it is.
 */
import { keys } from "../../kv/mod.ts";
import { hologram, type HologramSlot, planes } from "../../vector/hypervector/mod.ts";
import {
  type ContextOf,
  editDistance,
  linearize,
  lookup,
  type MethodSlot,
  type ObjectContext,
} from "../object/mod.ts";
import type { World } from "../world/mod.ts";
import { ProposalFault } from "./errors.ts";
import { COMPARED_DIMENSIONS, COMPARED_MAX, SCANNED_OBJECTS_MAX, SIMILAR_MAX } from "./limits.ts";
import { checkSource } from "./static_check.ts";

export interface SimilarMethod {
  readonly oid: string;
  /** `object>>selector`, for people. */
  readonly label: string;
  readonly selector: string;
  readonly method: MethodSlot;
  /** 0..1, of selector, slots and form together. */
  readonly score: number;
  /** All that it reads and sends to itself is there at the receiver, and the selectors are alike. */
  readonly fits: boolean;
}

interface Candidate {
  readonly context: ObjectContext;
  readonly selector: string;
  readonly method: MethodSlot;
  readonly likeness: number;
}

/** A selector this like the one that is missing may mean the same. */
const ALIKE_MIN = 0.6;
const WORTH_SHOWING_MIN = 0.35;

export async function findSimilar(
  world: World,
  missing: { readonly receiver: string; readonly selector: string },
  signal: AbortSignal,
): Promise<SimilarMethod[]> {
  const { receiver, selector } = missing;
  const chain = new Set(await world.look((contextOf) => linearize(receiver, contextOf)));
  const candidates: Candidate[] = [];
  let scanned = 0;
  for await (const { key } of world.store.list(keys.objects(), { limit: SCANNED_OBJECTS_MAX })) {
    if (++scanned % 100 === 0) signal.throwIfAborted();
    const oid = key.at(-1) as string;
    if (chain.has(oid)) continue;
    const resident = await world.registry.load(oid);
    if (resident === null || resident.state === "quarantined") continue;
    for (const [name, slot] of Object.entries(resident.context.slots)) {
      if (slot.kind !== "method") continue;
      const likeness = selectorLikeness(selector, name);
      if (likeness >= WORTH_SHOWING_MIN) {
        candidates.push({ context: resident.context, selector: name, method: slot, likeness });
      }
    }
  }
  candidates.sort((one, other) => other.likeness - one.likeness);
  return await world.look((contextOf) => rank(candidates.slice(0, COMPARED_MAX), receiver, contextOf));
}

function rank(candidates: readonly Candidate[], receiver: string, contextOf: ContextOf): SimilarMethod[] {
  const form = formOf(receiver, contextOf);
  return candidates.map(({ context, selector, method, likeness }): SimilarMethod => {
    const other = formOf(context.oid, contextOf);
    const alike = form === null || other === null ? 0 : Math.max(0, planes.similarity(form, other));
    return {
      oid: context.oid,
      label: `${context.name ?? context.oid}>>${selector}`,
      selector,
      method,
      score: 0.7 * likeness + 0.3 * alike,
      fits: likeness >= ALIKE_MIN && wouldWork(method, receiver, contextOf),
    };
  }).sort((one, other) => Number(other.fits) - Number(one.fits) || other.score - one.score).slice(
    0,
    SIMILAR_MAX,
  );
}

/** 1 for the same, 0 for nothing in common; words of a selector count one by one. */
export function selectorLikeness(one: string, other: string): number {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  if (a === b) return 1;
  const byLetters = 1 - editDistance(a.slice(0, 64), b.slice(0, 64)) / Math.max(a.length, b.length, 1);
  const [left, right] = [new Set(wordsOf(one)), new Set(wordsOf(other))];
  const shared = [...left].filter((word) => right.has(word)).length;
  return Math.max(byLetters, 0.9 * shared / Math.max(left.size, right.size, 1));
}

function wordsOf(selector: string): string[] {
  return selector.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2").toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((
    word,
  ) => word.length > 1);
}

/** The names and kinds of an object's slots, as one vector: what is of one form is near. */
function formOf(oid: string, contextOf: ContextOf) {
  const slots: Record<string, HologramSlot> = {};
  for (const each of linearize(oid, contextOf).slice(0, -1)) {
    for (const [name, slot] of Object.entries(contextOf(each)?.slots ?? {})) {
      const kind = slot.kind === "data" ? typeof slot.value : slot.kind;
      slots[name] ??= { kind: "data", value: kind };
    }
  }
  if (Object.keys(slots).length === 0) return null;
  return hologram(slots, { seed: "forms", dimensions: COMPARED_DIMENSIONS });
}

function wouldWork(method: MethodSlot, receiver: string, contextOf: ContextOf): boolean {
  try {
    const { reads, sends } = checkSource(method.source, method.effects ?? ["writes_self", "writes_others"]);
    return reads.length + sends.length > 0 &&
      [...reads, ...sends].every((name) => lookup(receiver, name, contextOf) !== null);
  } catch (error) {
    if (error instanceof ProposalFault) return false;
    throw error;
  }
}
