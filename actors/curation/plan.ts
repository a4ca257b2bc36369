/**
 * What the clusters of today make of the concepts of yesterday: new ones, those that grow, those that have become one,
 * those that have drifted apart. Pure: the same clusters and concepts give the same actions, and concepts that agree
 * with their clusters give none, so that a run that was broken off goes on where it was.
 */
import { CLUSTER_MIN, DECLINED_SHARE, HOME_SHARE, REDEFINE_SHARE, SOURCES_MAX } from "./limits.ts";
import type { Concept } from "./ports.ts";

/** A concept as it is to be. */
export interface Part {
  /** Null for one that is to be made. */
  readonly concept: Concept | null;
  readonly sources: readonly string[];
  /** Its words are no longer those of its sources. */
  readonly redefine: boolean;
}

export interface Action {
  readonly kind: "create" | "grow" | "merge" | "split";
  /** The first is the one that stays; others are made. */
  readonly parts: readonly Part[];
  /** Concepts that go into the first. */
  readonly absorbed: readonly Concept[];
}

/** What a person took back: it is not done again. */
export interface Declined {
  /** Memories that are not masked. */
  readonly memories: ReadonlySet<string>;
  /** Concepts that are left as they are. */
  readonly concepts: ReadonlySet<string>;
  /** Sources of concepts that are not made. */
  readonly signatures: readonly (readonly string[])[];
}

export interface PlanOptions {
  readonly clusterMin?: number;
  readonly declined: Declined;
}

interface Homes {
  readonly concept: Concept;
  /** Clusters in which many of its sources are, the most first. */
  readonly clusters: readonly number[];
}

/** The actions, those about most memories first. */
export function planActions(
  clusters: readonly (readonly string[])[],
  concepts: readonly Concept[],
  { clusterMin = CLUSTER_MIN, declined }: PlanOptions,
): Action[] {
  const clusterOf = new Map(clusters.flatMap((oids, at) => oids.map((oid) => [oid, at] as const)));
  const homes = concepts.map((concept) => homesOf(concept, clusterOf, clusterMin));
  const owners = clusters.map((_, at) => homes.filter(({ clusters: [first] }) => first === at));
  const actions: Action[] = [];
  const taken = new Set<number>();
  const isFixed = ({ curated, oid }: Concept) => !curated || declined.concepts.has(oid);
  for (const [at, held] of owners.entries()) {
    if (held.length === 0) continue;
    taken.add(at);
    const movable = held.map(({ concept }) => concept).filter((concept) => !isFixed(concept))
      .sort((a, b) => a.oid < b.oid ? -1 : 1);
    // The oldest stays, unless a person has worded another.
    const keeper = movable.find(({ edited }) => edited) ?? movable[0];
    // Where a person's own concept stands, the curator's stay as they are beside it.
    if (keeper === undefined || movable.length < held.length) continue;
    const absorbed = movable.filter((concept) => concept !== keeper && !concept.edited);
    // What a person has worded is neither taken in nor taken apart.
    const apart = keeper.edited || absorbed.length > 0
      ? []
      : homes.find(({ concept }) => concept === keeper)!.clusters.slice(1)
        .filter((other) => owners[other]!.length === 0 && !taken.has(other));
    for (const other of apart) taken.add(other);
    const first = partOf(keeper, clusters[at]!, clusterOf);
    const others = apart.map((other) => ({
      concept: null,
      sources: bounded(clusters[other]!),
      redefine: true,
    }));
    if (absorbed.length > 0) {
      actions.push({ kind: "merge", parts: [{ ...first, redefine: !keeper.edited }], absorbed });
    } else if (others.length > 0) actions.push({ kind: "split", parts: [first, ...others], absorbed: [] });
    else if (keeper.lost > 0 || !sameMembers(first.sources, keeper.sources)) {
      actions.push({ kind: "grow", parts: [first], absorbed: [] });
    }
  }
  for (const [at, oids] of clusters.entries()) {
    if (taken.has(at) || oids.length < clusterMin || isDeclined(oids, declined)) continue;
    actions.push({
      kind: "create",
      parts: [{ concept: null, sources: bounded(oids), redefine: true }],
      absorbed: [],
    });
  }
  const size = ({ parts }: Action) => parts.reduce((sum, { sources }) => sum + sources.length, 0);
  return actions.sort((a, b) => size(b) - size(a));
}

function homesOf(
  concept: Concept,
  clusterOf: ReadonlyMap<string, number>,
  clusterMin: number,
): Homes {
  const counts = new Map<number, number>();
  let seen = 0;
  for (const oid of concept.sources) {
    const cluster = clusterOf.get(oid);
    if (cluster === undefined) continue;
    seen++;
    counts.set(cluster, (counts.get(cluster) ?? 0) + 1);
  }
  const most = [...counts].sort(([a, x], [b, y]) => y - x || a - b);
  const clusters = most.filter(([, count], rank) =>
    count >= seen * HOME_SHARE && (rank === 0 ? count * 2 >= clusterMin : count >= clusterMin)
  ).map(([cluster]) => cluster);
  return { concept, clusters };
}

/** The cluster, and what the concept has beyond it: sources that were not looked at, or stand alone now. */
function partOf(
  concept: Concept,
  cluster: readonly string[],
  clusterOf: ReadonlyMap<string, number>,
): Part {
  const members = new Set(cluster);
  const kept = concept.sources.filter((oid) => members.has(oid) || !clusterOf.has(oid));
  const sources = bounded([...new Set([...kept, ...cluster])]);
  const before = new Set(concept.sources);
  const fresh = sources.filter((oid) => !before.has(oid)).length;
  const lost = concept.lost + concept.sources.length - kept.length;
  const redefine = !concept.edited && fresh + lost >= REDEFINE_SHARE * sources.length;
  return { concept, sources, redefine };
}

/** The newest, as oids are in the order of time. */
function bounded(oids: readonly string[]): string[] {
  return [...oids].sort().slice(-SOURCES_MAX);
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  const members = new Set(a);
  return a.length === b.length && b.every((oid) => members.has(oid));
}

function isDeclined(oids: readonly string[], { signatures }: Declined): boolean {
  const members = new Set(oids);
  return signatures.some((signature) =>
    signature.length > 0 &&
    signature.filter((oid) => members.has(oid)).length >= DECLINED_SHARE * signature.length
  );
}
