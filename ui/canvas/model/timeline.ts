/** The list of recent thoughts, newest first, each once. Pure. */
import type { CommittedEvent, ThoughtView } from "../../protocol.ts";
import { TIMELINE_THOUGHTS_MAX } from "../limits.ts";

/** Puts thoughts into the list wherever they belong. */
export function mergeThoughts(
  known: readonly ThoughtView[],
  more: readonly ThoughtView[],
  limit = TIMELINE_THOUGHTS_MAX,
): ThoughtView[] {
  const byPosition = new Map<string, ThoughtView>();
  for (const thought of [...known, ...more]) {
    if (!byPosition.has(thought.position)) byPosition.set(thought.position, thought);
  }
  return [...byPosition.values()]
    .sort((a, b) => a.position < b.position ? 1 : a.position > b.position ? -1 : 0)
    .slice(0, limit);
}

/** A committed event as the log would list it. */
export function thoughtOf(event: CommittedEvent): ThoughtView {
  const { position, id, who, why, at, kind, undoes } = event;
  const objects = new Set([
    ...event.objects.map(({ oid }) => oid),
    ...event.deleted,
    ...event.morphs.map(({ oid }) => oid),
  ]);
  return {
    position,
    id,
    who,
    why,
    at,
    kind,
    objects: [...objects],
    ...(undoes === undefined ? {} : { undoes }),
  };
}

/**
 * The objects of a thought that are shown by name, at most `max`. When none has a name here, the first stands for
 * all, so that there is a way to it.
 */
export function objectsShown(
  { objects }: ThoughtView,
  isKnown: (oid: string) => boolean,
  max: number,
): string[] {
  const known = objects.filter(isKnown).slice(0, max);
  return known.length > 0 ? known : objects.slice(0, 1);
}

/** The positions that are undone now: an undo that was itself undone has no effect any more. */
export function undonePositions(thoughts: readonly ThoughtView[]): Set<string> {
  const undone = new Set<string>();
  for (const { position, undoes } of thoughts) {
    if (undoes !== undefined && !undone.has(position)) undone.add(undoes);
  }
  return undone;
}

/** Kinds of thoughts that the image never undoes. */
const FIXED_KINDS: ReadonlySet<string> = new Set(["genesis", "failed", "forget", "maintenance"]);

/** Whether it makes sense to offer the undo of a thought; the image has the last word. */
export function canBeUndone(thought: ThoughtView, undone: ReadonlySet<string>): boolean {
  return !undone.has(thought.position) && !FIXED_KINDS.has(thought.kind) && thought.objects.length > 0;
}

/**
 * The thought before or after the one that is shown, in a list with the newest first; null for where the image is now.
 * "now" comes after the newest, null when there is nothing further back.
 */
export function neighborInTime(
  thoughts: readonly ThoughtView[],
  shown: string | null,
  by: -1 | 1,
): string | "now" | null {
  // Right after the newest thought is now: from there the first step back is to the one before.
  const at = shown === null ? 0 : thoughts.findIndex(({ position }) => position <= shown);
  if (at === -1) return null;
  if (by === 1) return at <= 1 ? "now" : thoughts[at - 1]!.position;
  return thoughts[at + 1]?.position ?? null;
}

/** The position before all thoughts of an epoch. */
export function startBefore(position: string): string {
  return `${position.slice(0, 6)}-${"0".repeat(20)}-0000`;
}
