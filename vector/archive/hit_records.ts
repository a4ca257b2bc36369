/**
 * Hits as they cross from the searcher: for each, its score as f32 (little-endian), then the record of its name as it
 * stands in the file of the names, so that it is taken apart only here, and once.
 */
import { decodeName, nameRecordBytes } from "./segment_files.ts";

const scoreBytes = 4;
const hitBytes = scoreBytes + nameRecordBytes;

/** One row found: id, position of birth, inner product. */
export interface SegmentHit {
  readonly id: string;
  readonly born: string;
  readonly score: number;
}

/** Records for `count` hits; `score` and `name` fill the one at a place. */
export class HitRecords {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(count: number) {
    this.bytes = new Uint8Array(count * hitBytes);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Writes the score of a hit; answers where the record of its name belongs. */
  put(place: number, score: number): Uint8Array {
    const offset = place * hitBytes;
    this.#view.setFloat32(offset, score, true);
    return this.bytes.subarray(offset + scoreBytes, offset + hitBytes);
  }
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
    hits.push({ ...name, score: view.getFloat32(offset, true) });
  }
  return hits;
}
