/**
 * Hits as they cross from the searcher: for each, its score as f64 (little-endian), then its name as it stands in the file
 * of the rows, so that it is taken apart only here, and once.
 */
import { decodeName, nameRecordBytes } from "./segment_files.ts";

const scoreBytes = 8;
const hitBytes = scoreBytes + nameRecordBytes;

/** One row found: id, position of birth, inner product with its vector as it is stored. */
export interface SegmentHit {
  readonly id: string;
  readonly born: string;
  readonly score: number;
}

/** The records of hits whose names are given as they stand in the file. */
export function encodeHits(
  hits: readonly { readonly score: number; readonly name: Uint8Array }[],
): Uint8Array {
  const bytes = new Uint8Array(hits.length * hitBytes);
  const view = new DataView(bytes.buffer);
  for (let place = 0; place < hits.length; place++) {
    view.setFloat64(place * hitBytes, hits[place]!.score, true);
    bytes.set(hits[place]!.name, place * hitBytes + scoreBytes);
  }
  return bytes;
}

/** What the records say. Throws when they are cut, or a name cannot be. */
export function decodeHits(bytes: Uint8Array): SegmentHit[] {
  if (bytes.length % hitBytes !== 0) {
    throw new RangeError(`Hits must be records of ${hitBytes} bytes: they are ${bytes.length} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const hits: SegmentHit[] = [];
  for (let offset = 0; offset < bytes.length; offset += hitBytes) {
    const name = decodeName(bytes.subarray(offset + scoreBytes, offset + hitBytes));
    hits.push({ ...name, score: view.getFloat64(offset, true) });
  }
  return hits;
}
