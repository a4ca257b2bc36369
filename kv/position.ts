/**
 * A position is a thought's public place in the order of all thoughts: `epoch-versionstamp-n`, fixed widths 6, 20
 * and 4, so that the order of the texts is the order of the commits.
 */
import { PositionError } from "./errors.ts";

/** `000001-00000000000000060000-0000`: epoch, versionstamp of the atomic operation, place in it. */
export type Position = string;

const pattern = /^(\d{6})-([0-9a-f]{20})-(\d{4})$/;
const noStamp = "0".repeat(20);

export interface PositionParts {
  readonly epoch: number;
  readonly versionstamp: string;
  readonly index: number;
}

/** Builds the text of a position. */
export function formatPosition(epoch: number, versionstamp: string, index: number): Position {
  return `${String(epoch).padStart(6, "0")}-${versionstamp}-${String(index).padStart(4, "0")}`;
}

/** The position before the first thought of an epoch. */
export function startOfEpoch(epoch: number): Position {
  return formatPosition(epoch, noStamp, 0);
}

/** @throws PositionError for text that is none. */
export function parsePosition(text: string): PositionParts {
  const found = typeof text === "string" ? pattern.exec(text) : null;
  if (found === null) {
    throw new PositionError(String(text), 'it must look like "000001-00000000000000060000-0000"');
  }
  return { epoch: Number(found[1]), versionstamp: found[2]!, index: Number(found[3]) };
}

/** Whether the text is a well-formed position. */
export function isPosition(text: unknown): text is Position {
  return typeof text === "string" && pattern.test(text);
}
