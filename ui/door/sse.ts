/**
 * Reads server-sent events from text as it comes in, cut anywhere. It keeps to the parts of the format that carry
 * something here: `id`, `data`, `retry`; comments and heartbeats are noticed and dropped.
 */

/** One frame. `data` is null in a frame that only moves the last id. */
export interface SseFrame {
  readonly id?: string;
  readonly data: string | null;
}

export class SseParser {
  readonly #lengthMax: number;
  #rest = "";
  #data: string[] = [];
  #dataLength = 0;
  #id: string | undefined;
  #isHeartbeat = false;

  constructor(options: { readonly lengthMax: number }) {
    this.#lengthMax = options.lengthMax;
  }

  /**
   * Takes the next piece of text and answers the frames that it completes.
   * @throws {RangeError} for a frame beyond the bound
   */
  push(text: string): SseFrame[] {
    const frames: SseFrame[] = [];
    const all = this.#rest + text;
    let from = 0;
    while (from < all.length) {
      const end = indexOfLineEnd(all, from);
      // A carriage return at the very end may be half of a pair.
      if (end === -1 || (all[end] === "\r" && end === all.length - 1)) break;
      const frame = this.#line(all.slice(from, end));
      if (frame !== null) frames.push(frame);
      from = end + (all[end] === "\r" && all[end + 1] === "\n" ? 2 : 1);
    }
    this.#rest = all.slice(from);
    if (this.#rest.length + this.#dataLength > this.#lengthMax) {
      throw new RangeError(`a message of the stream must be <= ${this.#lengthMax} characters`);
    }
    return frames;
  }

  #line(line: string): SseFrame | null {
    if (line === "") return this.#dispatch();
    if (line.startsWith(":")) return null;
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "id") this.#id = value;
    if (field === "event") this.#isHeartbeat = value === "heartbeat";
    if (field === "data") {
      this.#data.push(value);
      this.#dataLength += value.length;
    }
    return null;
  }

  #dispatch(): SseFrame | null {
    const id = this.#id;
    const data = this.#data.length === 0 || this.#isHeartbeat ? null : this.#data.join("\n");
    this.#id = undefined;
    this.#isHeartbeat = false;
    this.#data = [];
    this.#dataLength = 0;
    if (id === undefined) return data === null ? null : { data };
    return { id, data };
  }
}

function indexOfLineEnd(text: string, from: number): number {
  const feed = text.indexOf("\n", from);
  const carriage = text.indexOf("\r", from);
  if (feed === -1 || carriage === -1) return Math.max(feed, carriage);
  return Math.min(feed, carriage);
}
