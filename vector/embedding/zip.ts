/**
 * Reads single members out of a ZIP archive in memory, by its central directory (APPNOTE 6.3, sections 4.3.7 to 4.3.16):
 * stored or deflated, neither encrypted nor ZIP64. What unpacks to more than its directory says is refused.
 */
import { modelFileBytesMax, zipMembersMax } from "../limits.ts";

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;

/** The bytes of one member. @throws {RangeError} when the archive is damaged or has no such member */
export async function readZipMember(archive: Uint8Array, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = endOfDirectory(view);
  const members = view.getUint16(end + 10, true);
  if (members > zipMembersMax) {
    throw new RangeError(`The archive has ${members} members, more than ${zipMembersMax}`);
  }
  let at = view.getUint32(end + 16, true);
  for (let member = 0; member < members; member++) {
    if (at + 46 > archive.length || view.getUint32(at, true) !== DIRECTORY_ENTRY) break;
    const nameLength = view.getUint16(at + 28, true);
    const memberName = new TextDecoder().decode(archive.subarray(at + 46, at + 46 + nameLength));
    if (memberName === name) return await unpack(archive, view, at, name);
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  throw new RangeError(`The archive has no member "${name}"`);
}

function endOfDirectory(view: DataView): number {
  // A comment of at most 64 KiB may follow it.
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 0xffff); at--) {
    if (view.getUint32(at, true) === END_OF_DIRECTORY) return at;
  }
  throw new RangeError("The archive has no end of directory: it is no ZIP archive, or it was cut");
}

async function unpack(
  archive: Uint8Array,
  view: DataView,
  entry: number,
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const method = view.getUint16(entry + 10, true);
  const packed = view.getUint32(entry + 20, true);
  const size = view.getUint32(entry + 24, true);
  const header = view.getUint32(entry + 42, true);
  if (size > modelFileBytesMax) {
    throw new RangeError(`"${name}" unpacks to ${size} bytes, more than ${modelFileBytesMax}`);
  }
  if (header + 30 > archive.length || view.getUint32(header, true) !== LOCAL_HEADER) {
    throw new RangeError(`The archive has no header for "${name}" where it should be`);
  }
  const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
  const body = archive.subarray(start, start + packed);
  if (body.length !== packed) throw new RangeError(`"${name}" was cut: ${body.length} of ${packed} bytes`);
  if (method === 0) return Uint8Array.from(body);
  if (method !== 8) throw new RangeError(`"${name}" is packed by method ${method}, which is not supported`);
  return await inflate(body, size, name);
}

async function inflate(packed: Uint8Array, size: number, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const unpacked = new Uint8Array(size);
  let at = 0;
  const stream = new Blob([packed as Uint8Array<ArrayBuffer>]).stream().pipeThrough(
    new DecompressionStream("deflate-raw"),
  );
  for await (const chunk of stream) {
    if (at + chunk.length > size) {
      throw new RangeError(`"${name}" unpacks to more than the ${size} bytes it says`);
    }
    unpacked.set(chunk, at);
    at += chunk.length;
  }
  if (at !== size) throw new RangeError(`"${name}" unpacks to ${at} bytes instead of ${size}`);
  return unpacked;
}
