/**
 * From a thought whose apply step is over to one that can be decided: its reads validated, its participants' votes
 * and mutations collected, before-images known, everything measured, and what is too large staged beside.
 */
import { collectVotes } from "./data_manager.ts";
import { encodeKey, isVersioned, type Key } from "./keys.ts";
import { Plan, type PlanSource, type Prepared } from "./plan.ts";
import type { Position } from "./position.ts";
import type { ThoughtInfo } from "./record.ts";
import { blobThresholdBytes, readKeysMax } from "./limits.ts";
import type { Reader, StoredEntry } from "./reader.ts";
import { seal } from "./sealed.ts";
import { type KnownRead, type PrefixRead, type SealedThought, type StagedWrite, Thought } from "./thought.ts";
import type { Changed, WriteRing } from "./write_ring.ts";

export interface PrepareSource extends PlanSource {
  readonly committer: {
    readonly ring: WriteRing;
    /** Number of the last decision. */
    readonly decided: number;
    readonly head: { readonly position: Position };
  };
}

/** What a committed thought of another process looks like to the validation. */
export type Outdated = { readonly outdated: Changed };

/** The first checked read that is stale by now, or null. */
export function validate(
  ring: WriteRing,
  thought: { reads: ReadonlyMap<string, KnownRead>; prefixes: readonly PrefixRead[] },
): Changed | null {
  for (const [encoded, read] of thought.reads) {
    if (!read.checked) continue;
    const { from } = read;
    if (from?.failed === true) return { key: encoded, thought: from.id };
    // What waits for a decision is before this one in the queue.
    if (from !== undefined && from.sequence === null) continue;
    const changed = ring.changedKey(encoded, from?.sequence ?? read.sequence);
    if (changed !== null) return changed.key === null ? { key: encoded, thought: null } : changed;
  }
  for (const { encoded, sequence } of thought.prefixes) {
    const changed = ring.changedPrefix(encoded, sequence);
    if (changed !== null) return changed.key === null ? { key: encoded, thought: null } : changed;
  }
  return null;
}

/**
 * Prepares a sealed thought; answers `outdated` when a read is stale. At once when there is nothing to wait for.
 * @throws RefusedError, LimitError, ValueError, CorruptError; what was staged is removed then.
 */
export function prepare(
  source: PrepareSource,
  thought: Thought,
  sealed: SealedThought,
  info: ThoughtInfo,
  infoBytes: number,
): Prepared | Outdated | Promise<Prepared> {
  const outdated = validate(source.committer.ring, sealed);
  if (outdated !== null) return { outdated };
  source.crash("commit.validated");
  if (sealed.participants.length > 0) return prepareWithVotes(source, thought, sealed, info, infoBytes);
  source.crash("commit.voted");
  return plan(source, thought, sealed, info, infoBytes);
}

async function prepareWithVotes(
  source: PrepareSource,
  thought: Thought,
  sealed: SealedThought,
  info: ThoughtInfo,
  infoBytes: number,
): Promise<Prepared> {
  const context = { thoughtId: sealed.id, expectedPosition: source.committer.head.position };
  for (const mutation of await collectVotes(sealed.participants, context)) Thought.stage(thought, mutation);
  source.crash("commit.voted");
  return await plan(source, thought, sealed, info, infoBytes);
}

function plan(
  source: PrepareSource,
  thought: Thought,
  sealed: SealedThought,
  info: ThoughtInfo,
  infoBytes: number,
): Prepared | Promise<Prepared> {
  const unknown = findUnknown(sealed)
    .filter(({ key }) => sealed.reads.has(encodeKey(key)) || !Thought.follow(thought, key));
  if (unknown.length > 0) {
    return readBeforeImages(source, sealed, unknown).then(() => stagePlan(source, sealed, info, infoBytes));
  }
  return stagePlan(source, sealed, info, infoBytes);
}

function stagePlan(
  source: PrepareSource,
  sealed: SealedThought,
  info: ThoughtInfo,
  infoBytes: number,
): Prepared | Promise<Prepared> {
  const made = new Plan(source, sealed, info, infoBytes);
  if (made.needsStaging) return made.stage();
  source.crash("commit.staged");
  return made.prepared();
}

/** Versioned writes whose before-image, in its stored form, is not known yet. */
function findUnknown(sealed: SealedThought): StagedWrite[] {
  const unknown: StagedWrite[] = [];
  for (const [encoded, write] of sealed.writes) {
    if (!isVersioned(write.key)) continue;
    const known = sealed.reads.get(encoded);
    if (known === undefined) unknown.push(write);
    else {
      known.checked = true;
      if (known.stored !== undefined) continue;
      const stored = seal(known.value, known.key);
      // An adopted value that stands in chunks: its reference is what the log keeps.
      if (stored.byteLength > blobThresholdBytes) unknown.push(write);
      else known.stored = stored;
    }
  }
  return unknown;
}

/** New ids lie side by side, so that one look can tell that nothing stands where a thousand are to be made. */
async function readMany(reader: Reader, list: readonly Key[]): Promise<(StoredEntry | null)[]> {
  if (list.length > readKeysMax && await reader.isEmptyAround(list)) return list.map(() => null);
  return await reader.getTogether(list);
}

/** Reads before-images as checked reads: a change of one until the decision is a conflict like any other. */
async function readBeforeImages(
  source: PrepareSource,
  sealed: SealedThought,
  unknown: readonly StagedWrite[],
): Promise<void> {
  const sequence = source.committer.decided;
  const entries = await readMany(source.reader, unknown.map(({ key }) => key));
  await Promise.all(entries.map(async (entry, n) => {
    const { key } = unknown[n]!;
    const encoded = encodeKey(key);
    const known = sealed.reads.get(encoded);
    const stored = entry?.value ?? null;
    const value = known === undefined ? await source.reader.resolve(key, stored) : known.value;
    sealed.reads.set(encoded, { key, sequence: known?.sequence ?? sequence, checked: true, value, stored });
  }));
}
