/**
 * The world: every object by name or oid, messages to them, and thoughts that change them. A read-only message to
 * objects in memory is answered at once; everything else is a thought, which commits first and is heard of after.
 */
import { type CommittedThought, keys, type Position, type Store, type ThoughtInfo } from "../../kv/mod.ts";
import { NotFoundError, NotUnderstoodError, StaleError, UnavailableError } from "../errors.ts";
import { type ContextOf, type Found, lookup, type ObjectContext, slotToWire } from "../object/mod.ts";
import { type ImageMethodRunner, runImageMethod } from "./image_method.ts";
import { FETCHES_MAX } from "./limits.ts";
import { Names } from "./names.ts";
import { NeedObject } from "./need_object.ts";
import { answerToWire, type NativeTable, Receiver } from "./receiver.ts";
import { type CommittedObject, Registry } from "./registry.ts";
import { LiveScope, nativeNamed, NeedThought, plainSlotTakesNoArguments, ThoughtScope } from "./scopes.ts";
import { onceByKey, positionOfAnswer, readAnswered, writeAnswered } from "./idempotency.ts";
import { isOid, sealStructure } from "./structure.ts";
import { type Draft, WorldTransaction } from "./transaction.ts";
import type { DeliverOptions, Outcome, SealHook, ThoughtOptions, WorldOptions } from "./world_options.ts";

export class World {
  readonly store: Store;
  readonly registry: Registry;
  readonly natives: NativeTable;
  readonly #methods: ImageMethodRunner;
  readonly #live: LiveScope;
  readonly #pending = new Map<string, ReadonlyMap<string, Draft>>();
  readonly #names: Names;
  readonly #sealHooks: SealHook[] = [];
  readonly #onNotUnderstood: (error: NotUnderstoodError) => void;
  #unsubscribe: (() => void) | null = null;

  constructor(options: WorldOptions) {
    this.store = options.store;
    this.natives = options.natives;
    this.registry = new Registry(options.store, options);
    this.#names = new Names(options.store);
    this.#methods = options.methods;
    this.#live = new LiveScope(this.registry, options.natives);
    this.#onNotUnderstood = options.onNotUnderstood ?? (() => {});
  }

  /** Begins to follow the commits. `fail` is called when a commit could not be taken in: the world must start anew. */
  start(fail: (error: unknown) => void): void {
    // What was read while nothing followed the commits may be stale.
    this.#forget();
    this.#unsubscribe = this.store.onCommitted((thoughts) => {
      try {
        this.#committed(thoughts);
      } catch (error) {
        fail(error);
      }
    });
  }

  /** Puts every live object away; the next start reads them anew from the store. */
  stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    this.#forget();
  }

  #forget(): void {
    this.#names.clear();
    this.registry.clear();
  }

  addSealHook(hook: SealHook): void {
    this.#sealHooks.push(hook);
  }

  /** The oid of a name or oid; an oid wins. @throws {NotFoundError} */
  async resolve(name: string): Promise<string> {
    const oid = await this.find(name);
    if (oid === null) throw new NotFoundError(name);
    return oid;
  }

  /** Like `resolve`, or null. */
  async find(name: string): Promise<string | null> {
    if (isOid(name)) return (await this.registry.load(name)) === null ? null : name;
    return await this.#names.find(name);
  }

  /** The committed state of an object. @throws {NotFoundError} */
  async context(name: string): Promise<ObjectContext> {
    const resident = await this.registry.load(await this.resolve(name));
    if (resident === null) throw new NotFoundError(name);
    return resident.context;
  }

  /** Runs synchronous code over committed objects, again from the start after each object that had to be read. */
  async look<T>(code: (contextOf: ContextOf) => T): Promise<T> {
    for (let fetches = 0;; fetches++) {
      try {
        return code(this.registry.contextOf);
      } catch (error) {
        if (!(error instanceof NeedObject) || fetches >= FETCHES_MAX) throw error;
        await this.registry.load(error.oid);
      }
    }
  }

  /** One thought: all that `apply` changes commits together, or nothing does. */
  async thought<T>(
    info: ThoughtInfo,
    apply: (tx: WorldTransaction) => Promise<T>,
    options: ThoughtOptions = {},
  ): Promise<Outcome<T>> {
    const session = this.#unsubscribe;
    const assertSession = () => {
      if (session !== null && this.#unsubscribe === session) return;
      throw new UnavailableError("The world", "it is being started", "Wait a moment and try again.");
    };
    assertSession();
    const { idempotencyKey, follows } = options;
    return await onceByKey(
      this.store,
      idempotencyKey,
      () => this.#once(info, apply, { idempotencyKey, assertSession, follows }),
    );
  }

  async #once<T>(
    info: ThoughtInfo,
    apply: (tx: WorldTransaction) => Promise<T>,
    { idempotencyKey, assertSession, follows = false }: ThoughtOptions & {
      readonly assertSession: () => void;
    },
  ): Promise<Outcome<T>> {
    let id: string | undefined;
    let repeated = false;
    try {
      const outcome = await this.store.commit(info, async (thought) => {
        // A re-run after a conflict is another thought: what the earlier try staged is forgotten.
        if (id !== undefined) this.#ended(id);
        id = thought.id;
        const tx = new WorldTransaction(thought, { registry: this.registry, names: this.#names });
        const known = idempotencyKey === undefined ? null : await readAnswered<T>(thought, idempotencyKey);
        repeated = known !== null;
        if (known !== null) return known.value;
        const value = await apply(tx);
        if (idempotencyKey !== undefined) writeAnswered(thought, idempotencyKey, value);
        if (tx.drafts.size > 0) {
          for (const hook of this.#sealHooks) await hook(tx);
          await sealStructure(tx);
          tx.write();
          this.#pending.set(thought.id, tx.drafts);
        }
        // Objects that were read while nothing followed the commits may be older than they seem.
        assertSession();
        return value;
      }, { follows });
      if (!repeated || idempotencyKey === undefined) return outcome;
      return { ...outcome, position: await positionOfAnswer(this.store, idempotencyKey) };
    } finally {
      if (id !== undefined) this.#ended(id);
    }
  }

  #ended(thought: string): void {
    this.#pending.delete(thought);
    this.#names.release(thought);
  }

  /** @throws {StaleError} when the object is not at the position that the caller expects */
  async expect(oid: string, expected: Position | undefined): Promise<void> {
    if (expected === undefined) return;
    const current = await this.positionOf(oid);
    if (current !== expected) {
      throw new StaleError(this.registry.peek(oid)?.context.name ?? oid, expected, current);
    }
  }

  /** The position of the thought that last changed an object; null when there is no such object. */
  async positionOf(oid: string): Promise<Position | null> {
    const resident = await this.registry.load(oid);
    if (resident === null) return null;
    if (resident.position === null) {
      const [position] = await this.store.changesOf(keys.object(oid), { newest: true, limit: 1 });
      resident.position ??= position ?? null;
    }
    return resident.position;
  }

  /**
   * Sends a message and answers its value as JSON. A read-only message to objects in memory is answered
   * synchronously; for everything else the answer is a promise.
   * @throws {NotUnderstoodError} when nobody along the chain has the selector
   */
  send(receiver: string, selector: string, args: readonly unknown[] = []): unknown | Promise<unknown> {
    const oid = this.registry.peek(receiver) !== undefined ? receiver : this.#names.peek(receiver);
    if (oid !== undefined) {
      try {
        return answerToWire(this.#live.send(oid, selector, args));
      } catch (error) {
        if (!(error instanceof NeedObject) && !(error instanceof NeedThought)) throw this.#heard(error);
      }
    }
    return this.deliver(receiver, selector, args).then(({ value }) => value);
  }

  /** Sends a message and answers its value with the thought it became. */
  async deliver(
    receiver: string,
    selector: string,
    args: readonly unknown[] = [],
    options: DeliverOptions = {},
  ): Promise<Outcome<unknown>> {
    try {
      const oid = await this.resolve(receiver);
      await this.expect(oid, options.expected);
      const found = await this.look((contextOf) => lookup(oid, selector, contextOf));
      if (found === null) return this.#unchanged(await this.look(() => this.#live.send(oid, selector, args)));
      return await this.#dispatch(oid, selector, found, args, options);
    } catch (error) {
      throw this.#heard(error);
    }
  }

  async #dispatch(
    oid: string,
    selector: string,
    found: Found,
    args: readonly unknown[],
    options: DeliverOptions,
  ): Promise<Outcome<unknown>> {
    const { slot } = found;
    if (slot.kind === "data" || slot.kind === "reference") {
      if (args.length > 0) throw plainSlotTakesNoArguments(selector);
      return this.#unchanged(slotToWire(slot));
    }
    const receiver = this.registry.peek(oid)?.context.name ?? oid;
    const info = { who: options.who ?? "person", why: `${receiver} ${selector}`, kind: "message" };
    const follows = options.expected === undefined;
    if (slot.kind === "method") {
      const { signal } = options;
      return await this.thought(
        info,
        async (tx) => {
          await this.#expectIn(tx, oid, options.expected);
          const { natives } = this;
          return await runImageMethod({ tx, natives, runner: this.#methods, oid, selector, args, signal });
        },
        { ...options, follows },
      );
    }
    const native = nativeNamed(this.natives, slot.native);
    if (native.effect === "service") {
      const self = new Receiver(this.#live, oid, found.holder);
      return this.#unchanged(answerToWire(await native.run(self, args)));
    }
    try {
      if (native.effect === "read") {
        return this.#unchanged(answerToWire(await this.look(() => this.#live.send(oid, selector, args))));
      }
    } catch (error) {
      if (!(error instanceof NeedThought)) throw error;
    }
    return await this.thought(info, async (tx) => {
      await this.#expectIn(tx, oid, options.expected);
      const scope = new ThoughtScope(tx, this.natives);
      return answerToWire(await tx.run(() => scope.send(oid, selector, args)));
    }, { ...options, follows });
  }

  /** Read first, so that a change after the comparison is a conflict and the comparison is made again. */
  async #expectIn(tx: WorldTransaction, oid: string, expected: Position | undefined): Promise<void> {
    if (expected === undefined) return;
    await tx.read(oid);
    await this.expect(oid, expected);
  }

  #unchanged<T>(value: T): Outcome<T> {
    return { position: this.store.position, at: 0, changed: false, value };
  }

  #heard(error: unknown): unknown {
    if (error instanceof NotUnderstoodError) this.#onNotUnderstood(error);
    return error;
  }

  #committed(thoughts: readonly CommittedThought[]): void {
    for (const thought of thoughts) {
      const drafts = this.#pending.get(thought.id);
      const objects: CommittedObject[] = [];
      for (const { key, after, stored } of thought.changes) {
        if (key[0] !== "object") continue;
        const oid = key[1] as string;
        const draft = drafts?.get(oid);
        const { events = null, snapshot = null } = draft ?? {};
        objects.push({ oid, position: thought.position, after, stored, events, snapshot });
      }
      if (objects.length === 0) continue;
      this.registry.committed(objects);
      if (drafts === undefined) this.#names.clear();
      else this.#names.committed(drafts.values());
    }
  }
}
