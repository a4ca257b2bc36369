/**
 * Keeps the codebook in step with the image: read once when the first question is asked, and after that told which
 * objects have changed. A question is answered from one position of the image.
 */
import { type CommittedThought, keys, type Position } from "../../kv/mod.ts";
import { type ObjectContext, restore } from "../object/mod.ts";
import type { World } from "../world/mod.ts";
import { Codebook } from "./codebook.ts";
import type { QuestionedObject, Space } from "./codebook_messages.ts";
import { CHANGED_OBJECTS_MAX, PUT_OBJECTS_MAX, QUESTIONED_OBJECTS_MAX } from "./limits.ts";

export interface CodebookParts {
  /** The module of `codebook_worker.ts`. */
  readonly worker: URL;
  /** Reads the built `exact.wasm`. */
  readonly kernel: () => Promise<Uint8Array<ArrayBuffer>>;
}

export interface Scene {
  readonly book: Codebook;
  /** What `book` holds is the image as of then. */
  readonly position: Position;
  /** The image has more objects than were read. */
  readonly truncated: boolean;
}

export class ImageCodebook {
  readonly #world: World;
  readonly #parts: CodebookParts;
  readonly #changed = new Set<string>();
  #unsubscribe: (() => void) | null = null;
  #book: Codebook | null = null;
  #truncated = false;
  /** One after the other: whoever asks while it is brought up to date waits for that. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(world: World, parts: CodebookParts) {
    this.#world = world;
    this.#parts = parts;
  }

  /** The codebook as of now. @throws {UnavailableError} */
  now(space: Space): Promise<Scene> {
    const turn = this.#turn.then(() => this.#upToDate(space));
    // Whoever asked hears of it; the next one begins where this one failed.
    this.#turn = Promise.allSettled([turn]);
    return turn;
  }

  close(): void {
    this.#closed = true;
    this.#forget();
  }

  async #upToDate(space: Space): Promise<Scene> {
    for (;;) {
      // Whoever does not listen any more has missed something.
      if (!isUsable(this.#book, space) || this.#unsubscribe === null) {
        this.#forget();
        await this.#read(space);
      }
      const book = this.#book!;
      if (this.#changed.size === 0) {
        const { position } = this.#world.store;
        return { book, position, truncated: this.#truncated || book.figures.truncated };
      }
      const oids = [...this.#changed].slice(0, PUT_OBJECTS_MAX);
      for (const oid of oids) this.#changed.delete(oid);
      try {
        await book.put(await Promise.all(oids.map((oid) => this.#look(oid))));
      } catch (error) {
        for (const oid of oids) this.#changed.add(oid);
        throw error;
      }
    }
  }

  async #read(space: Space): Promise<void> {
    const { store, registry } = this.#world;
    const book = await Codebook.begin(space, {
      worker: this.#parts.worker,
      kernel: await this.#parts.kernel(),
    });
    this.#book = book;
    if (this.#closed) book.close();
    this.#unsubscribe = store.onCommitted((thoughts) => this.#note(thoughts));
    let page: QuestionedObject[] = [];
    let count = 0;
    for await (const { key, value } of store.list(keys.objects(), { limit: QUESTIONED_OBJECTS_MAX + 1 })) {
      if (++count > QUESTIONED_OBJECTS_MAX) {
        this.#truncated = true;
        break;
      }
      const oid = key.at(-1) as string;
      page.push(shapeOf(oid, registry.peek(oid)?.context ?? contextOf(oid, value)));
      if (page.length < PUT_OBJECTS_MAX) continue;
      await book.put(page);
      page = [];
    }
    await book.put(page);
  }

  async #look(oid: string): Promise<QuestionedObject> {
    return shapeOf(oid, (await this.#world.registry.load(oid))?.context ?? null);
  }

  #note(thoughts: readonly CommittedThought[]): void {
    for (const { changes } of thoughts) {
      for (const { key } of changes) if (key[0] === "object") this.#changed.add(key[1] as string);
    }
    // So many are read anew, and need not be remembered.
    if (this.#changed.size > CHANGED_OBJECTS_MAX) this.#stopListening();
  }

  #stopListening(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = null;
  }

  #forget(): void {
    this.#stopListening();
    this.#book?.close();
    this.#book = null;
    this.#changed.clear();
    this.#truncated = false;
  }
}

function isUsable(book: Codebook | null, space: Space): boolean {
  return book !== null && !book.isSpent && book.space.seed === space.seed &&
    book.space.dimensions === space.dimensions;
}

function contextOf(oid: string, stored: unknown): ObjectContext | null {
  const restored = restore(oid, stored);
  return restored.ok ? restored.snapshot.context : null;
}

/** One that is quarantined is not asked about. */
function shapeOf(oid: string, context: ObjectContext | null): QuestionedObject {
  if (context === null || context.reason !== null) return { oid, name: null, slots: null };
  return { oid, name: context.name, slots: context.slots };
}
