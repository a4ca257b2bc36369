/**
 * A door to an image in memory: the whole contract, with a mind that quotes what it remembers. It is the second
 * backend of the door's contract suite, and what the server and the command line are tested against.
 */
import { v7 } from "uuid";
import { NotFoundError, UndoError } from "../../actors/errors.ts";
import type { CommandOptions, Door, EventsOptions, LogQuery, StreamMessage } from "../../ui/door/mod.ts";
import {
  type Command,
  type CommandInput,
  type CommandResult,
  commandSchema,
  type CommittedEvent,
  defaultThread,
  type Health,
  type LiveEvent,
  type RecallHit,
  type WireValue,
} from "../../ui/protocol.ts";
import { MemoryImage, type StoredObject, type Thought } from "./memory_image.ts";
import { Subscriber } from "./subscriber.ts";

export interface MemoryDoorOptions {
  readonly clock?: () => number;
  /** Where tokens come from. Default: the best memory, word by word. */
  readonly mind?: (question: string, memories: readonly RecallHit[]) => AsyncIterable<string>;
  readonly folder?: string;
  /** Messages held for a reader that does not pull. */
  readonly backlogMax?: number;
}

type Answer = Omit<LiveEvent & { command: "ANSWER_SNAPSHOT" }, "command" | "offset"> & {
  controller: AbortController;
};

export class MemoryDoor implements Door {
  readonly image: MemoryImage;
  closed = false;
  readonly #options: MemoryDoorOptions;
  readonly #subscribers = new Set<Subscriber>();
  readonly #answers = new Map<string, Answer>();
  readonly #results = new Map<string, CommandResult>();

  constructor(options: MemoryDoorOptions = {}) {
    this.#options = options;
    this.image = new MemoryImage(options.clock ?? Date.now);
    this.image.listeners.add((thought) => this.#tell(this.#messageOf(thought)));
  }

  get readers(): number {
    return this.#subscribers.size;
  }

  command(input: CommandInput, options: CommandOptions = {}): Promise<CommandResult> {
    return Promise.resolve().then(() => {
      const earlier = this.#results.get(options.idempotencyKey ?? "");
      if (earlier !== undefined) return earlier;
      const outcome = this.#run(commandSchema.parse(input), options.who ?? "person");
      const result = { position: this.image.position, result: outcome };
      if (options.idempotencyKey !== undefined) this.#results.set(options.idempotencyKey, result);
      return result;
    });
  }

  async object(name: string, options: { readonly asOf?: string } = {}) {
    const object = await this.#found(name);
    return this.image.view(options.asOf === undefined ? object : this.image.asOf(object, options.asOf));
  }

  async children(name: string, options: { readonly after?: string; readonly limit?: number } = {}) {
    const { after = "", limit = 100 } = options;
    const all = this.image.children((await this.#found(name)).oid)
      .filter(({ oid }) => oid > after).sort((a, b) => a.oid < b.oid ? -1 : 1);
    const next = all.length > limit ? all[limit - 1]?.oid ?? null : null;
    return { objects: all.slice(0, limit).map((object) => this.image.summary(object)), next };
  }

  canvas(canvas: string) {
    const morphs = this.image.morphs.values().filter((morph) => morph.canvas === canvas)
      .map((morph) => ({ ...morph, object: this.image.summary(this.image.find(morph.oid)) })).toArray();
    const personas = ["ALFRED", "BRICK", "ROBIN", "BABS"].map((name) => ({
      ...this.image.summary(this.image.find(name)),
      model: "none",
      role: "persona",
    }));
    return Promise.resolve({ position: this.image.position, canvas, morphs, personas });
  }

  conversation(thread: string, options: { readonly limit?: number } = {}) {
    const exchanges = this.image.thoughts.filter(({ detail }) => detail?.thread === thread)
      .slice(-(options.limit ?? 100))
      .map((thought) => ({
        ...(thought.detail as Omit<Answer, "controller"> & { full_text: string }),
        oid: thought.objects[0] ?? "",
        at: thought.at,
        position: thought.position,
      }));
    return Promise.resolve({ thread, exchanges });
  }

  recall(query: { readonly q: string; readonly k?: number }): Promise<RecallHit[]> {
    return Promise.resolve(this.#recall(query.q, query.k ?? 10));
  }

  async log({ after = "", object, newest = false, limit = 100 }: LogQuery = {}) {
    const oid = object === undefined ? undefined : (await this.#found(object)).oid;
    const all = this.image.thoughts.filter(({ position, objects }) =>
      position > after && (oid === undefined || objects.includes(oid))
    );
    return (newest ? all.toReversed() : all).slice(0, limit)
      .map(({ changes: _changes, morphs: _morphs, detail: _detail, ...view }) => view);
  }

  models() {
    return Promise.resolve({ mind: "recall", installed: [], missing: [] });
  }

  health(): Promise<Health> {
    const ready = { state: "ready" as const };
    return Promise.resolve({
      status: "ok",
      version: "0.0.0-test",
      image: {
        folder: this.#options.folder ?? "/memory",
        id: this.image.id,
        position: this.image.position,
        quarantined: 0,
        resident: this.image.objects.size,
      },
      mind: { name: "recall", host: null, models: [] },
      embedding: { space: "words", model: "bag of words", dimensions: 0 },
      tiers: { L1: { rows: 0, bytes: 0 }, L2: { rows: 0, segments: 0 }, L3: { rows: null } },
      degraded: [{ part: "mind", reason: "no model", hint: "start Ollama" }],
      ready: { image: ready, index: ready, lexical: ready, embedder: ready, mind: ready },
      vram: { usedBytes: 0, budgetBytes: 0 },
      actors: [],
    });
  }

  async *events({ after, signal, onOpen }: EventsOptions): AsyncGenerator<StreamMessage, void> {
    const subscriber = new Subscriber(this.#options.backlogMax ?? 10_000);
    const missed = after === undefined ? [] : this.image.thoughts.filter(({ position }) => position > after);
    for (const { controller: _, ...answer } of this.#answers.values()) {
      subscriber.push({ event: { command: "ANSWER_SNAPSHOT", ...answer, offset: answer.text.length } });
    }
    this.#subscribers.add(subscriber);
    try {
      onOpen?.();
      for (const thought of missed) {
        if (signal.aborted) return;
        yield this.#messageOf(thought);
      }
      yield* subscriber.messages(signal, () => this.image.position);
    } finally {
      this.#subscribers.delete(subscriber);
    }
  }

  close(): Promise<void> {
    for (const answer of this.#answers.values()) answer.controller.abort("the image was closed");
    this.closed = true;
    return Promise.resolve();
  }

  /** Tells every reader; how tests make things happen live. */
  tell(event: LiveEvent): void {
    this.#tell({ event });
  }

  #found(name: string): Promise<StoredObject> {
    return Promise.resolve().then(() => this.image.find(name));
  }

  #tell(message: StreamMessage): void {
    for (const subscriber of this.#subscribers) subscriber.push(message);
  }

  #run(command: Command, who: string): unknown {
    const { image } = this;
    const words = (why: string) => ({ who, why: `${command.command} ${why}` });
    const changed = (name: string, change: (object: StoredObject) => StoredObject) => {
      const object = image.find(name);
      image.expect(object, command.expected);
      image.commit(words(name), (draft) => draft.set(object.oid, change(object)));
      return image.view(image.find(object.oid));
    };
    switch (command.command) {
      case "USER_QUERY_REQUEST":
        return { answer: this.#ask(command) };
      case "CANCEL": {
        const answer = this.#answers.get(command.answer);
        if (answer === undefined) throw new NotFoundError(command.answer, "running answer");
        answer.controller.abort("the person stopped it");
        return { answer: command.answer };
      }
      case "SEND":
        return image.send(command.receiver, command.selector);
      case "SET_SLOT":
        if (command.slot === "parent*") {
          return this.#reparent(command.object, command.value, command.expected, words("parents"));
        }
        return changed(command.object, (object) => ({
          ...object,
          slots: { ...object.slots, [command.slot]: command.value },
        }));
      case "REMOVE_SLOT":
        return changed(command.object, (object) => {
          if (!Object.hasOwn(object.slots, command.slot)) throw new NotFoundError(command.slot, "slot");
          const { [command.slot]: _, ...slots } = object.slots;
          return { ...object, slots };
        });
      case "RENAME":
        return changed(command.object, (object) => {
          if (command.name !== null && command.name !== object.name) image.checkFree(new Map(), command.name);
          return { ...object, name: command.name };
        });
      case "CLONE":
      case "EXTEND": {
        const object = image.find(command.object);
        image.expect(object, command.expected);
        const name = command.name ?? (object.name === null ? null : image.freeName(object.name));
        const made = image.commit(
          words(command.object),
          (draft) =>
            command.command === "CLONE"
              ? image.make(draft, name, object.parents, object.slots)
              : image.make(draft, name, [object.oid], {}),
        );
        return image.view(image.find(made.oid));
      }
      case "DELETE": {
        const object = image.find(command.object);
        image.expect(object, command.expected);
        image.commit(words(command.object), (draft) => image.delete(draft, object, command.cascade ?? false));
        return { deleted: [object.oid] };
      }
      case "REMEMBER":
        return this.#remember([command], words("one"))[0];
      case "REMEMBER_MANY":
        return this.#remember(command.memories, words("many"));
      case "MOVE_MORPH": {
        const { oid } = image.find(command.object);
        const { x, y, width, height, canvas = "main" } = command;
        const size = width === undefined || height === undefined ? {} : { width, height };
        image.commit({ ...words(command.object), kind: "move" }, () => {}, [{ canvas, oid, x, y, ...size }]);
        return image.view(image.find(oid));
      }
      case "UNDO": {
        const thought = image.thoughts.findLast(({ position, kind, changes }) =>
          command.position === undefined
            ? kind === "change" && changes.size > 0 && !image.isUndone(position)
            : position === command.position
        );
        if (thought === undefined) throw new UndoError("nothing_to_undo", "There is nothing to undo");
        image.undo(thought, { ...words(thought.why), kind: "undo" });
        return { undone: thought.position };
      }
      case "REDO": {
        const undo = image.thoughts.at(-1);
        if (undo?.kind !== "undo") throw new UndoError("nothing_to_redo", "There is nothing to redo");
        image.undo(undo, { ...words(undo.why), kind: "redo" });
        return { redone: undo.position };
      }
      case "PULL_MODEL":
        return { model: command.model };
      case "SHUTDOWN_REQUEST":
        return {};
    }
  }

  #reparent(
    name: string,
    value: WireValue,
    expected: string | undefined,
    words: { who: string; why: string },
  ) {
    const object = this.image.find(name);
    this.image.expect(object, expected);
    const parents = [value].flat().map((one) =>
      this.image.find(typeof one === "string" ? one : String((one as Record<string, WireValue>).$ref)).oid
    );
    this.image.commit(words, (draft) => this.image.setParents(draft, object, parents));
    return this.image.view(this.image.find(object.oid));
  }

  #remember(
    memories: readonly { text: string; source?: string | undefined }[],
    words: { who: string; why: string },
  ) {
    const prototype = this.image.find("context_fractal_prototype").oid;
    const made = this.image.commit(
      words,
      (draft) =>
        memories.map(({ text, source }) =>
          this.image.make(draft, null, [prototype], {
            text_chunk: text,
            source_oid: source ?? null,
            creation_timestamp: this.image.clock(),
          })
        ),
    );
    return made.map(({ oid }) => this.image.view(this.image.find(oid)));
  }

  #recall(q: string, k: number): RecallHit[] {
    const wanted = new Set(wordsOf(q));
    return this.image.objects.values()
      .filter(({ slots }) => typeof slots.text_chunk === "string" && slots.text_chunk !== "")
      .map(({ oid, slots, createdAt }) => {
        const text = String(slots.text_chunk);
        const has = new Set(wordsOf(text));
        const score = wanted.intersection(has).size / Math.sqrt(Math.max(1, wanted.size * has.size));
        const source = slots.source_oid === null ? null : String(slots.source_oid);
        return { oid, text, score, tier: "L1" as const, source, at: createdAt };
      })
      .filter(({ score }) => score > 0).toArray()
      .sort((a, b) => b.score - a.score).slice(0, k);
  }

  #ask(query: Command & { command: "USER_QUERY_REQUEST" }): string {
    const persona = this.image.find(query.persona ?? "ALFRED");
    const memories = this.#recall(query.query_text, 5);
    const about = {
      answer: v7(),
      persona_id: persona.oid,
      persona_name: persona.name ?? persona.oid,
      query_text: query.query_text,
      thread: query.thread ?? defaultThread,
      mind: "recall",
      reason: query.persona === undefined ? "the default" : "it was named",
      memories,
    };
    const answer: Answer = { ...about, text: "", controller: new AbortController() };
    this.#answers.set(about.answer, answer);
    this.#tell({ event: { command: "ANSWER_STARTED", ...about } });
    this.#stream(answer, (this.#options.mind ?? quote)(query.query_text, memories));
    return about.answer;
  }

  async #stream(answer: Answer, tokens: AsyncIterable<string>): Promise<void> {
    const { controller, text: _, ...about } = answer;
    try {
      for await (const token of tokens) {
        if (controller.signal.aborted) break;
        const offset = answer.text.length;
        this.#answers.set(about.answer, answer);
        answer.text += token;
        this.#tell({
          event: {
            command: "PERSONA_RESPONSE_PARTIAL",
            answer: about.answer,
            persona_id: about.persona_id,
            token,
            offset,
          },
        });
      }
    } catch (error) {
      controller.abort(error instanceof Error ? error.message : String(error));
    }
    this.#answers.delete(about.answer);
    if (controller.signal.aborted) {
      const reason = String(controller.signal.reason);
      this.#tell({ event: { command: "ANSWER_ABORTED", answer: about.answer, reason } });
      return;
    }
    const prototype = this.image.find("context_fractal_prototype").oid;
    const detail = { ...about, full_text: answer.text };
    this.image.commit(
      { who: about.persona_name, why: about.query_text, kind: "exchange", detail },
      (draft) => {
        this.image.make(draft, null, [prototype], {
          text_chunk: `${about.query_text}\n${answer.text}`,
          source_oid: null,
        });
      },
    );
  }

  #messageOf(thought: Thought): StreamMessage {
    const { changes, morphs, detail, objects, ...words } = thought;
    const live = objects.map((oid) => this.image.objects.get(oid)).filter((object) => object !== undefined);
    const shape = {
      ...words,
      objects: live.map((object) => this.image.summary(object)),
      deleted: [...changes].filter(([, { after }]) => after === null).map(([oid]) => oid),
      morphs: [...morphs],
    };
    const event = detail === undefined
      ? { command: "THOUGHT_COMMITTED" as const, ...shape }
      : { command: "PERSONA_RESPONSE_COMPLETE" as const, ...shape, ...detail } as CommittedEvent;
    return { id: thought.position, event };
  }
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

async function* quote(_question: string, memories: readonly RecallHit[]): AsyncGenerator<string> {
  const best = memories[0];
  const text = best === undefined ? "I remember nothing of that." : `I remember: ${best.text}`;
  for (const word of text.split(/(?<= )/)) {
    await Promise.resolve();
    yield word;
  }
}
