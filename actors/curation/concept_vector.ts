/**
 * The hypervector of a concept: the set of its sources, each as the filler that a reference to it is, and of its words,
 * each bound to the role `term`. What is like a concept, and what it is made of, can be asked of it by similarity.
 */
import {
  encodings,
  filler,
  type HologramOptions,
  type Phases8,
  phases8,
  type Planes,
  planes,
  role,
} from "../../vector/mod.ts";
import { VECTOR_SOURCES } from "./limits.ts";

/** Yields between its parts, as each takes a moment. */
export function* conceptVector(
  { sources, terms }: { readonly sources: readonly string[]; readonly terms: readonly string[] },
  space: HologramOptions,
): Generator<void, Phases8> {
  const members: Planes[] = [];
  const term = role("term", space);
  for (const oid of sources.slice(-VECTOR_SOURCES)) {
    members.push(filler({ kind: "reference", oid }, space));
    yield;
  }
  for (const word of terms) {
    members.push(planes.bind(term, filler({ kind: "data", value: word }, space)));
    yield;
  }
  const set = encodings.set(members);
  yield;
  return phases8.fromPhases(planes.toPhases(set));
}
