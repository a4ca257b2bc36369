/**
 * Where a row stands in time. Rows carry the end of the atomic operation that wrote them rather than the thought within
 * it, as that is what the store itself knows of an entry: so a row read at opening is as old as it was when it was made.
 */
import { formatPosition, parsePosition, type Position } from "../../kv/mod.ts";

/** Beyond any place within an atomic operation. */
const LAST = 9_999;

/** The end of the atomic operation that holds a position. */
export function endOfAtomic(position: Position): Position {
  const { epoch, versionstamp } = parsePosition(position);
  return formatPosition(epoch, versionstamp, LAST);
}

/** When an entry of the store was written. */
export function bornAt(epoch: number, versionstamp: string): Position {
  return formatPosition(epoch, versionstamp, LAST);
}
