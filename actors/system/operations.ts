/**
 * What a person or a program does to the image, each as one thought: the commands of the contract, without their
 * wire form. Every operation answers with the thought it became.
 */
import { v7 as uuidv7 } from "uuid";
import { type Key, keys, type Position, type ThoughtInfo } from "../../kv/mod.ts";
import { HasChildrenError, ProtectedError, SlotError } from "../errors.ts";
import { VITAL_NAMES } from "../genesis/mod.ts";
import { editMethod, type Kernel } from "../kernel/mod.ts";
import { PARENT_SLOT } from "../object/mod.ts";
import {
  clone,
  extend,
  type IdempotencyKey,
  type ImageMethodRunner,
  lookedUpName,
  type Outcome,
  redo,
  remove,
  removeSlot,
  rename,
  resolveIn,
  setSlot,
  undo,
  type Undone,
  type World,
  type WorldTransaction,
} from "../world/mod.ts";
import type { Memories, NewMemory } from "./memories.ts";
import type { MemoryPort } from "./memory_port.ts";
import { MAIN_CANVAS, type Place, placeBeside, placeMorph } from "./morphs.ts";

/** Who asks, and under which conditions. */
export interface Request {
  readonly who: string;
  /** The position at which the caller last saw the object; for undo and redo, the image. */
  readonly expected?: Position | undefined;
  readonly idempotencyKey?: IdempotencyKey | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type SourceCheck =
  | { readonly ok: true }
  | { readonly ok: false; readonly message: string; readonly line: number; readonly column: number };

export interface OperationsOptions {
  readonly world: World;
  readonly memories: Memories;
  readonly memory: () => Promise<MemoryPort>;
  /** Compiles a method's source without running it. */
  readonly checkSource: (source: string) => Promise<SourceCheck>;
  /** Runs the examples that a method keeps. */
  readonly runner: ImageMethodRunner;
  readonly clock: () => number;
  /** Makes methods for what nobody understands; null while it is not running. */
  readonly kernel: () => Kernel | null;
}

export class Operations {
  readonly #options: OperationsOptions;

  constructor(options: OperationsOptions) {
    this.#options = options;
  }

  async send(
    receiver: string,
    selector: string,
    args: readonly unknown[],
    request: Request,
  ): Promise<Outcome<unknown>> {
    const { world, kernel } = this.#options;
    const deliver = () => world.deliver(receiver, selector, args, request);
    const running = kernel();
    if (running === null) return await deliver();
    return await running.send({ receiver, selector, arguments: args, ...request }, deliver);
  }

  /** Writes an own slot; `parent*` sets the parents. @returns the oid */
  async setSlot(name: string, slot: string, value: unknown, request: Request): Promise<Outcome<string>> {
    if (!isMethod(value)) return await this.setSlots(name, { [slot]: value }, request);
    return await this.#setMethod(name, slot, value, request);
  }

  /**
   * Writes several own slots as one thought. @returns the oid
   * @throws {SlotError} for a method: it is proved, and so is set by itself
   */
  async setSlots(
    name: string,
    slots: Readonly<Record<string, unknown>>,
    request: Request,
  ): Promise<Outcome<string>> {
    const list = Object.entries(slots);
    for (const [slot, value] of list) {
      if (isMethod(value)) throw new SlotError(slot, "a method is set by itself, not together with others");
    }
    const what = list.map(([slot]) => slot === PARENT_SLOT ? "parents" : slot).join(", ");
    return await this.#change(name, (label) => `set ${label} ${what}`, request, async (tx, oid) => {
      for (const [slot, value] of list) await setSlot(tx, oid, slot, value);
    });
  }

  async removeSlot(name: string, slot: string, request: Request): Promise<Outcome<string>> {
    return await this.#change(name, (label) => `remove ${label} ${slot}`, request, async (tx, oid) => {
      await removeSlot(tx, oid, slot);
    });
  }

  async rename(name: string, to: string | null, request: Request): Promise<Outcome<string>> {
    const why = (label: string) => to === null ? `take the name of ${label}` : `rename ${label} to ${to}`;
    return await this.#change(name, why, request, (tx, oid) => rename(tx, oid, to));
  }

  /** @returns the oid of the copy, which stands beside the original */
  async clone(name: string, as: string | undefined, request: Request): Promise<Outcome<string>> {
    return await this.#birth(name, "clone", as, request, clone);
  }

  /** @returns the oid of the new object, whose parent is the prototype */
  async extend(name: string, as: string | undefined, request: Request): Promise<Outcome<string>> {
    return await this.#birth(name, "extend", as, request, extend);
  }

  /** @returns the oids that are gone */
  /** With `cascade` all that is below it too; what the image lives by only with `force`. @throws {ProtectedError} */
  async delete(
    name: string,
    cascade: boolean,
    request: Request,
    { force = false }: { readonly force?: boolean | undefined } = {},
  ): Promise<Outcome<string[]>> {
    const label = await this.#label(name);
    try {
      return await this.#thought({ why: `delete ${label}`, kind: "change" }, request, async (tx) => {
        const oid = await this.#resolve(tx, name, request);
        const deleted = await remove(tx, oid, cascade);
        if (cascade && !force) refuseVital(tx, label);
        return deleted;
      });
    } catch (error) {
      // That a cascade is the way is not said where it would be refused.
      const isVital = error instanceof HasChildrenError && VITAL_NAMES.has(label) && !force;
      throw isVital ? new ProtectedError(label, [label], null) : error;
    }
  }

  /** @returns the oids, in the order of the memories */
  async remember(memories: readonly NewMemory[], request: Request): Promise<Outcome<string[]>> {
    return await this.#options.memories.remember(memories, request);
  }

  async moveMorph(
    name: string,
    canvas: string | undefined,
    place: Place,
    request: Request,
  ): Promise<Outcome<string>> {
    return await this.#change(name, (label) => `move ${label}`, request, async (tx, oid) => {
      await placeMorph(tx.thought, canvas ?? MAIN_CANVAS, oid, place);
    }, "move");
  }

  async undo(position: Position | undefined, request: Request): Promise<Outcome<Undone>> {
    return await undo(this.#undoRequest(request), position);
  }

  async redo(position: Position | undefined, request: Request): Promise<Outcome<Undone>> {
    return await redo(this.#undoRequest(request), position);
  }

  #undoRequest(request: Request) {
    return {
      world: this.#options.world,
      who: request.who,
      expected: request.expected,
      idempotencyKey: request.idempotencyKey,
      putBack: async (tx: WorldTransaction, key: Key, before: unknown | null) => {
        if (key[0] === "vector") (await this.#options.memory()).putBack(tx.thought, key, before);
        else if (before === null) tx.thought.delete(key);
        else tx.thought.set(key, before);
      },
    };
  }

  async #setMethod(
    name: string,
    selector: string,
    method: MethodWire,
    request: Request,
  ): Promise<Outcome<string>> {
    await this.#checkMethod(selector, method);
    const { world, runner, clock } = this.#options;
    const at = clock();
    const label = await this.#label(name);
    const { who, idempotencyKey, signal } = request;
    // Its examples run over the image as it is committed, so that it follows nothing that is not decided yet.
    return await world.thought({ who, why: `set ${label} ${selector}`, kind: "change" }, async (tx) => {
      const oid = await this.#resolve(tx, name, request);
      await editMethod({ world, runner }, tx, { oid, selector, method, who, at }, signal);
      return oid;
    }, { idempotencyKey });
  }

  /** A syntax error is found before anything is stored. */
  async #checkMethod(slot: string, value: MethodWire): Promise<void> {
    if (typeof value.$method !== "string") return;
    const result = await this.#options.checkSource(value.$method);
    if (!result.ok) {
      const { message, line, column } = result;
      throw new SlotError(slot, `its source does not compile: line ${line}: ${message}`, {
        message,
        line,
        column,
      });
    }
  }

  async #birth(
    name: string,
    verb: "clone" | "extend",
    as: string | undefined,
    request: Request,
    make: typeof clone,
  ): Promise<Outcome<string>> {
    const at = this.#options.clock();
    const oid = uuidv7({ msecs: at });
    const label = await this.#label(name);
    return await this.#thought({ why: `${verb} ${label}`, kind: "change" }, request, async (tx) => {
      tx.thought.makes(oid);
      const source = await this.#resolve(tx, name, request);
      await tx.thought.prefetch(keysOfBirth(source, as));
      await make(tx, source, { oid, at, name: as });
      await placeBeside(tx.thought, source, oid);
      return oid;
    });
  }

  async #change(
    name: string,
    why: (label: string) => string,
    request: Request,
    apply: (tx: WorldTransaction, oid: string) => Promise<void>,
    kind = "change",
  ): Promise<Outcome<string>> {
    const label = await this.#label(name);
    return await this.#thought({ why: why(label), kind }, request, async (tx) => {
      const oid = await this.#resolve(tx, name, request);
      await apply(tx, oid);
      return oid;
    });
  }

  #thought<T>(
    info: Omit<ThoughtInfo, "who">,
    request: Request,
    apply: (tx: WorldTransaction) => Promise<T>,
  ): Promise<Outcome<T>> {
    const { who, idempotencyKey, expected } = request;
    return this.#options.world.thought({ who, ...info }, apply, {
      idempotencyKey,
      follows: expected === undefined,
    });
  }

  async #resolve(tx: WorldTransaction, name: string, request: Request): Promise<string> {
    const oid = await resolveIn(tx, name);
    await this.#options.world.expect(oid, request.expected);
    return oid;
  }

  /** The name a person knows the object by. One that is not there is found missing in the thought itself. */
  async #label(name: string): Promise<string> {
    const { world } = this.#options;
    const oid = await world.find(name);
    const resident = oid === null ? null : await world.registry.load(oid);
    return resident?.context.name ?? name;
  }
}

type MethodWire = Readonly<Record<string, unknown>>;

function isMethod(value: unknown): value is MethodWire {
  return typeof value === "object" && value !== null && "$method" in value;
}

/** What a birth is going to ask for, so that it is read in one go. */
function keysOfBirth(source: string, as: string | undefined): Key[] {
  const list = [keys.meta("canvases"), keys.morph(MAIN_CANVAS, source)];
  const name = as === undefined ? null : lookedUpName(as);
  return name === null || name === "" ? list : [...list, keys.name(name)];
}

/** @throws {ProtectedError} when the thought deletes what the image lives by */
function refuseVital(tx: WorldTransaction, label: string): void {
  const gone = [...tx.drafts.values()].filter(({ snapshot, before }) => snapshot === null && before !== null);
  const names = gone.flatMap(({ before }) => before!.name ?? []);
  const vital = names.filter((name) => VITAL_NAMES.has(name));
  if (vital.length > 0) throw new ProtectedError(label, vital, gone.length);
}
