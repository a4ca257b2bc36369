/**
 * Memory that the exact index and its worker share: a place for one search at a time, and the bell that wakes the worker. A
 * message to a thread and back takes 0.15 ms when both have slept for some milliseconds, and 0.3 with a query and its hits
 * in it; this way takes a third, as the worker sleeps in one system call and nothing is cloned. Whatever else is asked,
 * and hits that have no room, are messages.
 */
import type { Hit } from "./best.ts";

/** Room for hits: the hundred of a recall, with ids of up to 70 characters. */
const HITS_BYTES = 16_384;
/** Before an id: its score as f64, its length as u16. */
const HIT_HEAD_BYTES = 10;
/** The words come first; which each is stands below. */
const WORDS_BYTES = 64;
const [BELL, STATE, POSTED, AFTER, ID, NEIGHBOURS, HITS] = [0, 1, 2, 3, 4, 5, 6];
/** Values of STATE. */
const [FREE, ASKED, CLOSED] = [0, 1, 2];
/** In the place of the number of hits: the answer is a message. */
const BY_MESSAGE = -1;

/** A search that is asked by the mailbox. */
export interface Letter {
  readonly id: number;
  readonly query: Float32Array;
  readonly k: number;
}

export class Mailbox {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #query: Float32Array;
  readonly #hits: DataView;

  /** Of queries of so many dimensions; the worker gives the memory that the index made. */
  constructor(dimensions: number, memory?: SharedArrayBuffer) {
    const hitsAt = WORDS_BYTES + dimensions * Float32Array.BYTES_PER_ELEMENT;
    this.memory = memory ?? new SharedArrayBuffer(hitsAt + HITS_BYTES);
    this.#words = new Int32Array(this.memory, 0, WORDS_BYTES / Int32Array.BYTES_PER_ELEMENT);
    this.#query = new Float32Array(this.memory, WORDS_BYTES, dimensions);
    this.#hits = new DataView(this.memory, hitsAt);
  }

  /** The index announces a message, posts it, and rings. */
  announceMessage(): void {
    Atomics.add(this.#words, POSTED, 1);
  }

  /** Wakes the worker. */
  ring(): void {
    Atomics.add(this.#words, BELL, 1);
    Atomics.notify(this.#words, BELL);
  }

  /**
   * The index asks, of a mailbox whose last search is answered. Its turn is after the messages announced so far.
   * Resolves when it is answered, or nobody will.
   */
  async ask({ id, query, k }: Letter): Promise<void> {
    this.#query.set(query);
    this.#words[ID] = id;
    this.#words[NEIGHBOURS] = k;
    this.#words[AFTER] = Atomics.load(this.#words, POSTED);
    Atomics.store(this.#words, STATE, ASKED);
    const answered = Atomics.waitAsync(this.#words, STATE, ASKED);
    this.ring();
    await answered.value;
  }

  /** The hits of the search that was answered; null when they are a message. */
  readHits(): Hit[] | null {
    const count = this.#words[HITS]!;
    if (count === BY_MESSAGE) return null;
    const hits: Hit[] = [];
    let at = 0;
    for (let hit = 0; hit < count; hit++) {
      const units = this.#hits.getUint16(at + 8, true);
      let id = "";
      for (let unit = 0; unit < units; unit++) {
        id += String.fromCharCode(this.#hits.getUint16(at + HIT_HEAD_BYTES + 2 * unit, true));
      }
      hits.push({ id, score: this.#hits.getFloat64(at, true) });
      at += HIT_HEAD_BYTES + 2 * units;
    }
    return hits;
  }

  /** Whoever sleeps here wakes: a thread that is ended in its sleep would keep the process from ending. */
  close(): void {
    Atomics.store(this.#words, STATE, CLOSED);
    Atomics.notify(this.#words, STATE);
    this.ring();
  }

  /**
   * The worker, when it has handled so many messages, sleeps until it has something to do: the search whose turn it is,
   * or null when a message comes next or nothing at all.
   */
  next(handled: number): Letter | null {
    while (true) {
      const bell = Atomics.load(this.#words, BELL);
      const state = Atomics.load(this.#words, STATE);
      if (state === ASKED && this.#words[AFTER] === handled) {
        return { id: this.#words[ID]!, query: this.#query, k: this.#words[NEIGHBOURS]! };
      }
      if (state === CLOSED || Atomics.load(this.#words, POSTED) !== handled) return null;
      Atomics.wait(this.#words, BELL, bell);
    }
  }

  /** The worker's answer; null when it is a message. Returns whether the hits had room: if not, they are to be one. */
  answer(hits: readonly Hit[] | null): boolean {
    const fits = hits !== null && this.#write(hits);
    this.#words[HITS] = fits ? hits.length : BY_MESSAGE;
    // Not when it was closed meanwhile.
    Atomics.compareExchange(this.#words, STATE, ASKED, FREE);
    Atomics.notify(this.#words, STATE);
    return fits;
  }

  #write(hits: readonly Hit[]): boolean {
    let at = 0;
    for (const { id, score } of hits) {
      if (at + HIT_HEAD_BYTES + 2 * id.length > HITS_BYTES) return false;
      this.#hits.setFloat64(at, score, true);
      this.#hits.setUint16(at + 8, id.length, true);
      at += HIT_HEAD_BYTES;
      for (let unit = 0; unit < id.length; unit++, at += 2) {
        this.#hits.setUint16(at, id.charCodeAt(unit), true);
      }
    }
    return true;
  }
}
