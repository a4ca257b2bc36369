/**
 * A door to an image in memory: the whole contract, with a mind that quotes what it remembers. It is the second
 * backend of the door's contract suite, and what the server and the command line are tested against. It is long
 * as the contract has many commands.
 */
import { ArgumentError, NotFoundError, UnavailableError, UndoError } from "../../actors/errors.ts";
import { IdempotencyConflictError } from "../../actors/world/mod.ts";
import type {
  CommandOptions,
  DiffQuery,
  Door,
  EventsOptions,
  ExchangeDoor,
  LogQuery,
  ObjectsQuery,
  StreamMessage,
  VerifyQuery,
} from "../../ui/door/mod.ts";
import {
  type BackupsView,
  type Command,
  type CommandInput,
  type CommandResult,
  commandSchema,
  type CommittedEvent,
  type CurationView,
  type Health,
  type LiveEvent,
  type RecallHit,
  timeOf,
  type VerifyView,
  type WireValue,
} from "../../ui/protocol.ts";
import {
  type ExchangeDetail,
  MemoryAnswers,
  type MemoryMind,
  quote,
  recallByWords,
} from "./memory_answers.ts";
import { MemoryImage, type StoredObject, type Thought } from "./memory_image.ts";
import { Subscriber } from "./subscriber.ts";

export interface MemoryDoorOptions {
  readonly clock?: () => number;
  /** Where tokens come from. Default: the best memory, word by word. */
  readonly mind?: MemoryMind;
  readonly folder?: string;
  /** Messages held for a reader that does not pull. */
  readonly backlogMax?: number;
}

export class MemoryDoor implements Door {
  readonly exchange = noExchange;
  readonly image: MemoryImage;
  closed = false;
  readonly #options: MemoryDoorOptions;
  readonly #subscribers = new Set<Subscriber>();
  readonly #answers: MemoryAnswers;
  readonly #results = new Map<string, { readonly said: string; readonly result: CommandResult }>();

  constructor(options: MemoryDoorOptions = {}) {
    this.#options = options;
    this.image = new MemoryImage(options.clock ?? Date.now);
    this.#answers = new MemoryAnswers(this.image, (event) => this.tell(event), options.mind ?? quote);
    this.image.listeners.add((thought) => this.#tell(this.#messageOf(thought)));
  }

  get readers(): number {
    return this.#subscribers.size;
  }

  command(input: CommandInput, options: CommandOptions = {}): Promise<CommandResult> {
    return Promise.resolve().then(() => {
      const { idempotencyKey: key = "" } = options;
      const [earlier, said] = [this.#results.get(key), JSON.stringify(input)];
      if (earlier !== undefined && earlier.said !== said) throw new IdempotencyConflictError(key);
      if (earlier !== undefined) return earlier.result;
      const outcome = this.#run(commandSchema.parse(input), options.who ?? "person");
      const result = { position: this.image.position, result: outcome };
      if (key !== "") this.#results.set(key, { said, result });
      return result;
    });
  }

  async object(name: string, options: { readonly asOf?: string } = {}) {
    const object = await this.#found(name);
    return this.image.view(options.asOf === undefined ? object : this.image.asOf(object, options.asOf));
  }

  objects({ after = "", limit = 100 }: ObjectsQuery = {}) {
    const all = [...this.image.objects.values()].filter(({ oid }) => oid > after)
      .sort((a, b) => a.oid < b.oid ? -1 : 1);
    const next = all.length > limit ? all[limit - 1]!.oid : null;
    return Promise.resolve({
      objects: all.slice(0, limit).map((object) => this.image.summary(object)),
      next,
    });
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
        ...(thought.detail as ExchangeDetail),
        oid: thought.objects[0] ?? "",
        at: thought.at,
        position: thought.position,
      }));
    return Promise.resolve({ thread, exchanges });
  }

  threads() {
    const said = this.image.thoughts.flatMap(({ detail, at }) =>
      detail === undefined ? [] : [{ ...detail as ExchangeDetail, at }]
    );
    const threads = [...Map.groupBy(said, ({ thread }) => thread)].map(([thread, turns]) => {
      const { at, query_text } = turns.at(-1)!;
      const first = turns[0]!.at;
      return {
        oid: thread,
        thread,
        created_at: first,
        turns: turns.length,
        last: { at, query_text },
        branch: null,
      };
    });
    return Promise.resolve({ threads: threads.reverse(), more: false });
  }

  usage() {
    return Promise.resolve({ personas: [], answers: 0, more: false });
  }

  async exportThread(thread: string) {
    return JSON.stringify(await this.conversation(thread));
  }

  prompts(exchange: string) {
    return Promise.reject(new NotFoundError(exchange, "exchange"));
  }

  recall(query: { readonly q: string; readonly k?: number }): Promise<RecallHit[]> {
    return Promise.resolve(recallByWords(this.image, query.q, query.k ?? 10));
  }

  question(): Promise<never> {
    const how = "Ask a real image.";
    return Promise.reject(new UnavailableError("Asking objects", "this image has no forms", how));
  }

  checkMemory() {
    const texts = this.image.objects.values().filter(({ slots }) => slots.text_chunk).toArray().length;
    return Promise.resolve({ ok: true, checked: { rows: 0, texts, sampled: 0 }, problems: [] });
  }

  async log({ after = "", before = "~", object, newest = false, limit = 100 }: LogQuery = {}) {
    const oid = object === undefined ? undefined : (await this.#found(object)).oid;
    const all = this.image.thoughts.filter(({ position, objects }) =>
      position > after && position < before && (oid === undefined || objects.includes(oid))
    );
    return (newest ? all.toReversed() : all).slice(0, limit)
      .map(({ changes: _changes, morphs: _morphs, detail: _detail, ...view }) => view);
  }

  /** This image compares nothing: the real one's differences have tests of their own. */
  async diff({ from, to }: DiffQuery) {
    const point = (text: string) => timeOf(text) === null ? text : this.image.position;
    const nothing = { thoughts: 0, objects: [], places: [], names: {}, more: 0 };
    return await Promise.resolve({ from: point(from), to: point(to ?? this.image.position), ...nothing });
  }

  history() {
    const { position } = this.image;
    const bytes = { logBytes: 0, imageBytes: 0, blobBytes: 0, versionBytes: 0, totalBytes: 0 };
    return Promise.resolve({
      cost: { horizon: position, upTo: position, thoughts: this.image.thoughts.length, pruned: 0, ...bytes },
      policy: { keep: "all" as const, days: 365, thoughts: 100_000, intervalSeconds: 3_600 },
      unfinished: false,
    });
  }

  /** An image in memory takes in no files. */
  ingest() {
    return Promise.resolve({ ingest: null });
  }

  /** An image in memory has no backups. */
  backups(): Promise<BackupsView> {
    return Promise.resolve({
      state: "off",
      folder: "",
      encrypted: false,
      last: null,
      next: null,
      nextDrill: null,
      running: null,
      drill: null,
      reasons: [],
      chains: [],
      ended: [],
    });
  }

  /** An image in memory curates nothing. */
  curation(): Promise<CurationView> {
    return Promise.resolve({
      state: "off",
      problems: [],
      next: null,
      running: null,
      report: null,
      concepts: [],
      ended: [],
    });
  }

  proposals() {
    return Promise.resolve([]);
  }

  models() {
    return Promise.resolve({ mind: "recall", installed: [], missing: [] });
  }

  /** What is in memory is whole. */
  verify(options: VerifyQuery = {}): Promise<VerifyView> {
    const { objects, position } = this.image;
    options.onProgress?.({ stage: "objects", done: objects.size });
    const checked = { object: objects.size };
    return Promise.resolve({ ok: true, position, checked, problems: [], more: 0, repaired: [] });
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
      rebuild: null,
      degraded: [{ part: "mind", reason: "no model", hint: "start Ollama" }],
      ready: { image: ready, index: ready, lexical: ready, embedder: ready, mind: ready },
      vram: { usedBytes: 0, budgetBytes: 0 },
      actors: [],
    });
  }

  async *events({ after, signal, onOpen }: EventsOptions): AsyncGenerator<StreamMessage, void> {
    const subscriber = new Subscriber(this.#options.backlogMax ?? 10_000);
    const missed = after === undefined ? [] : this.image.thoughts.filter(({ position }) => position > after);
    for (const event of this.#answers.snapshots()) subscriber.push({ event });
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
    this.#answers.close();
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
      image.expect(object, "expected" in command ? command.expected : undefined);
      image.commit(words(name), (draft) => draft.set(object.oid, change(object)));
      return image.view(image.find(object.oid));
    };
    switch (command.command) {
      case "USER_QUERY_REQUEST":
        return { answer: this.#answers.ask(command) };
      case "CANCEL":
        this.#answers.cancel(command.answer);
        return { answer: command.answer };
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
      case "SET_SLOTS":
        return changed(command.object, (object) => ({
          ...object,
          slots: { ...object.slots, ...command.slots },
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
      case "REBUILD":
        return { started: true };
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
        image.expectHead(command.expected);
        const thought = image.thoughts.findLast(({ position, kind, changes }) =>
          command.position === undefined
            ? kind === "change" && changes.size > 0 && !image.isUndone(position)
            : position === command.position
        );
        if (thought === undefined) throw new UndoError("nothing_to_undo", "There is nothing to undo");
        image.undo(thought, { ...words(thought.why), kind: "undo" });
        return { undone: thought.position, why: thought.why };
      }
      case "REDO": {
        image.expectHead(command.expected);
        const undo = command.position === undefined
          ? image.thoughts.at(-1)
          : image.thoughts.findLast(({ position, kind, undoes }) =>
            kind === "undo" && (position === command.position || undoes === command.position)
          );
        if (undo?.kind !== "undo") throw new UndoError("nothing_to_redo", "There is nothing to redo");
        image.undo(undo, { ...words(undo.why), kind: "redo" });
        return { undone: undo.position, why: undo.why };
      }
      case "FORK":
      case "MERGE":
      case "PRUNE":
        throw new ArgumentError("An image in memory has no folder", "Ask one that is on disk.");
      case "APPROVE":
      case "REJECT":
        throw new NotFoundError(command.proposal, "proposal");
      case "CHECK_METHODS":
        return { methods: 0, examples: 0, failed: [] };
      case "PULL_MODEL":
        return { model: command.model };
      case "BACKUP":
      case "BACKUP_DRILL":
      case "CURATE":
        return { run: 1 };
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

/** An image in memory is exchanged with nothing. */
const noExchange: ExchangeDoor = {
  export: refuseExchange,
  import: refuseExchange,
  ingest: refuseExchange,
};

function refuseExchange(): never {
  throw new UnavailableError("Exchange", "the image is in memory alone", "Open a real one.");
}
