/**
 * Makes a real but shallow model out of a real one: a GGUF file with only its first layers and a name of its own. It
 * loads in a moment and speaks nonsense, which is all that tests of loading and unloading need; a file with bytes of
 * its own has a runner of its own in Ollama.
 */

/** Bytes of one value, by GGUF's type number; strings and arrays are not of a fixed size. */
const VALUE_BYTES: Record<number, number> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const [UINT32, STRING, ARRAY] = [4, 8, 9];
const ALIGNMENT = 32;

interface Tensor {
  readonly name: string;
  /** The description between name and offset: dimensions and type. */
  readonly shape: Uint8Array<ArrayBuffer>;
  readonly offset: number;
}

/** The first `layers` layers of the model under another name. @throws Error when the file is not a GGUF of layers */
export function shallowGguf(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  layers: number,
): Uint8Array<ArrayBuffer> {
  const reader = new Reader(bytes);
  if (reader.uint32() !== 0x46554747) throw new Error("not a GGUF file");
  const version = reader.uint32();
  const [tensorCount, keyCount] = [reader.uint64(), reader.uint64()];
  const writer = new Writer();
  const keys = new Writer();
  for (let at = 0; at < keyCount; at++) {
    const key = reader.string();
    const start = reader.at;
    const type = reader.uint32();
    reader.skip(type);
    keys.string(key);
    if (key === "general.name") keys.uint32(STRING).string(name);
    else if (key.endsWith(".block_count")) keys.uint32(UINT32).uint32(layers);
    else keys.bytes(bytes.subarray(start, reader.at));
  }
  const tensors: Tensor[] = [];
  for (let at = 0; at < tensorCount; at++) {
    const name = reader.string();
    const start = reader.at;
    reader.at += 4 + reader.uint32At(start) * 8 + 4;
    tensors.push({ name, shape: bytes.subarray(start, reader.at), offset: reader.uint64() });
  }
  const data = aligned(reader.at);
  const ends = tensors.map(({ offset }) => offset).sort((one, other) => one - other);
  const endOf = ({ offset }: Tensor) => ends.find((each) => each > offset) ?? bytes.length - data;
  const kept = tensors.filter(({ name }) => {
    const layer = /^blk\.(\d+)\./.exec(name);
    return layer === null || Number(layer[1]) < layers;
  });
  writer.uint32(0x46554747).uint32(version).uint64(kept.length).uint64(keyCount).bytes(keys.joined());
  let offset = 0;
  for (const tensor of kept) {
    writer.string(tensor.name).bytes(tensor.shape).uint64(offset);
    offset = aligned(offset + endOf(tensor) - tensor.offset);
  }
  writer.pad();
  for (const tensor of kept) {
    writer.bytes(bytes.subarray(data + tensor.offset, data + endOf(tensor))).pad();
  }
  return writer.joined();
}

function aligned(at: number): number {
  return Math.ceil(at / ALIGNMENT) * ALIGNMENT;
}

class Reader {
  at = 0;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint32At(at: number): number {
    return this.#view.getUint32(at, true);
  }

  uint32(): number {
    this.at += 4;
    return this.uint32At(this.at - 4);
  }

  uint64(): number {
    this.at += 8;
    return Number(this.#view.getBigUint64(this.at - 8, true));
  }

  string(): string {
    const length = this.uint64();
    this.at += length;
    return new TextDecoder().decode(this.#bytes.subarray(this.at - length, this.at));
  }

  /** Passes over one value of the type. */
  skip(type: number): void {
    if (type === STRING) {
      this.string();
      return;
    }
    if (type !== ARRAY) {
      this.at += sizeOf(type);
      return;
    }
    const element = this.uint32();
    const length = this.uint64();
    if (element !== STRING) this.at += sizeOf(element) * length;
    else for (let at = 0; at < length; at++) this.string();
  }
}

function sizeOf(type: number): number {
  const size = VALUE_BYTES[type];
  if (size === undefined) throw new Error(`GGUF has no value type ${type}`);
  return size;
}

class Writer {
  readonly #parts: Uint8Array<ArrayBuffer>[] = [];
  #length = 0;

  bytes(bytes: Uint8Array<ArrayBuffer>): this {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return this;
  }

  uint32(value: number): this {
    return this.bytes(new Uint8Array(Uint32Array.of(value).buffer));
  }

  uint64(value: number): this {
    return this.bytes(new Uint8Array(BigUint64Array.of(BigInt(value)).buffer));
  }

  string(text: string): this {
    const bytes = new TextEncoder().encode(text);
    return this.uint64(bytes.length).bytes(bytes);
  }

  pad(): this {
    return this.bytes(new Uint8Array(aligned(this.#length) - this.#length));
  }

  joined(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}
