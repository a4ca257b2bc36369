/**
 * The last thought up to a time: a search over the stamps of the log, which works because `at` rises with the
 * position. It reads a few dozen records, whatever the length of the log.
 */
import type { Log, PlacedThought } from "./log.ts";
import { formatPosition, parsePosition, type Position, startOfEpoch } from "./position.ts";

/** @param time in ms @param head where the image is @returns the start of the first epoch when nothing is so old */
export async function positionAt(log: Log, time: number, head: Position): Promise<Position> {
  for (let { epoch } = parsePosition(head); epoch >= 1; epoch--) {
    const first = await firstAfter(log, startOfEpoch(epoch));
    if (first !== null && first.at <= time && parsePosition(first.position).epoch === epoch) {
      return await searchEpoch(log, { time, head, first: first.position });
    }
  }
  return startOfEpoch(1);
}

interface Search {
  readonly time: number;
  readonly head: Position;
  /** A thought at or before the time. */
  readonly first: Position;
}

/** Halves the stamps between a thought that is old enough and the end of its epoch. */
async function searchEpoch(log: Log, { time, head, first }: Search): Promise<Position> {
  const { epoch, versionstamp } = parsePosition(first);
  const end = await lastOf(log, epoch, head);
  let found = first;
  let low = BigInt(`0x${versionstamp}`);
  let high = BigInt(`0x${parsePosition(end).versionstamp}`) + 1n;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    const next = await firstAfter(log, beforeStamp(epoch, middle));
    const isOld = next !== null && next.at <= time && parsePosition(next.position).epoch === epoch;
    if (isOld) {
      found = next.position;
      low = BigInt(`0x${parsePosition(found).versionstamp}`);
      if (low < middle) low = middle;
    } else high = middle;
  }
  return await lastInAtomic(log, found, time);
}

/** The position just before all thoughts with a stamp. */
function beforeStamp(epoch: number, stamp: bigint): Position {
  return formatPosition(epoch, (stamp - 1n).toString(16).padStart(20, "0"), 9_999);
}

/** Thoughts of one atomic operation have times of their own. */
async function lastInAtomic(log: Log, position: Position, time: number): Promise<Position> {
  const { epoch, versionstamp } = parsePosition(position);
  let last = position;
  for await (
    const placed of log.scan({ after: position, before: formatPosition(epoch, versionstamp, 9_999) })
  ) {
    if (placed.at > time) break;
    last = placed.position;
  }
  return last;
}

async function lastOf(log: Log, epoch: number, head: Position): Promise<Position> {
  if (parsePosition(head).epoch === epoch) return head;
  for await (const { position } of log.scan({ before: startOfEpoch(epoch + 1), newest: true, limit: 1 })) {
    return position;
  }
  return head;
}

async function firstAfter(log: Log, after: Position): Promise<PlacedThought | null> {
  for await (const placed of log.scan({ after, limit: 1 })) return placed;
  return null;
}
