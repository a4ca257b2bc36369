/**
 * What a native method sees: the receiver as self, over a scope that knows the objects. The same method runs over
 * committed objects (nothing may change) and over a thought's scratch copy (changes are staged as events).
 */
import { ArgumentError } from "../errors.ts";
import {
  checkSlotName,
  type ContextOf,
  dataSlot,
  linearize,
  lookup,
  type ObjectContext,
  type ObjectEvent,
  type Slot,
} from "../object/mod.ts";

/** Where a receiver's slots come from and where its changes go. */
export interface Scope {
  /** @throws {NeedObject} when the object must be read first; the caller reads it and starts again */
  readonly contextOf: ContextOf;
  send(receiver: string, selector: string, args: readonly unknown[]): unknown;
  resend(receiver: string, holder: string, selector: string, args: readonly unknown[]): unknown;
  /** Absent where nothing may change. */
  readonly stage?: (oid: string, event: ObjectEvent) => void;
}

/** The receiver of a native method. `get` and `send` answer JSON, or a `Receiver` for a reference. */
export class Receiver {
  readonly #scope: Scope;
  readonly #holder: string;
  readonly oid: string;

  constructor(scope: Scope, oid: string, holder: string) {
    this.#scope = scope;
    this.oid = oid;
    this.#holder = holder;
  }

  get #context(): ObjectContext {
    const context = this.#scope.contextOf(this.oid);
    if (context === null) throw new ArgumentError(`Object ${this.oid} is gone`, "Send to another object.");
    return context;
  }

  get name(): string | null {
    return this.#context.name;
  }

  /** The value of a slot, found along the chain; undefined when there is none, or when it is a method. */
  get(slot: string): unknown {
    const found = lookup(this.oid, slot, this.#scope.contextOf);
    if (found === null) return undefined;
    if (found.slot.kind === "data") return found.slot.value;
    return found.slot.kind === "reference" ? this.#other(found.slot.oid) : undefined;
  }

  /** A number slot. @throws {ArgumentError} when it is not one */
  number(slot: string): number {
    const value = this.get(slot);
    if (typeof value !== "number") {
      throw new ArgumentError(
        `"${this.name ?? this.oid}" needs a number in slot "${slot}": it holds ${
          JSON.stringify(value) ?? "nothing"
        }`,
        `Set the slot "${slot}" to a number.`,
        { oid: this.oid, slot },
      );
    }
    return value;
  }

  /** Own slot names and kinds, in the order they were made. */
  ownSlots(): readonly (readonly [string, Slot])[] {
    return Object.entries(this.#context.slots);
  }

  /** The chain in the order it is searched, this object first. */
  chain(): Receiver[] {
    return linearize(this.oid, this.#scope.contextOf).map((oid) => this.#other(oid));
  }

  understands(selector: string): boolean {
    return lookup(this.oid, selector, this.#scope.contextOf) !== null;
  }

  send(selector: string, ...args: unknown[]): unknown {
    return this.#scope.send(this.oid, selector, args);
  }

  /** Goes on with the same selector behind the holder of the running method. */
  resend(selector: string, ...args: unknown[]): unknown {
    return this.#scope.resend(this.oid, this.#holder, selector, args);
  }

  /** Writes an own slot. @throws {ArgumentError} where nothing may change; {SlotError} for what cannot be stored */
  set(slot: string, value: unknown): void {
    checkSlotName(slot);
    const stored: Slot = value instanceof Receiver
      ? { kind: "reference", oid: value.oid }
      : dataSlot(slot, value);
    if (this.#scope.stage === undefined) {
      throw new ArgumentError(
        `A read-only method tried to set "${slot}"`,
        "Declare the native method as one that writes.",
      );
    }
    this.#scope.stage(this.oid, { type: "SLOT_SET", slot, value: stored });
  }

  #other(oid: string): Receiver {
    return new Receiver(this.#scope, oid, oid);
  }
}

/** A method that comes with the program. */
export interface NativeMethod {
  readonly doc: string;
  /** `read`: a synchronous look; `write`: a thought; `service`: asks a part of the system, changes no object itself. */
  readonly effect: "read" | "write" | "service";
  /** Runs again from the start when an object must be read first, so it has no effects but those on `self`. */
  run(self: Receiver, args: readonly unknown[]): unknown;
}

/** Native methods by their stable names, such as `shape.area`. */
export type NativeTable = ReadonlyMap<string, NativeMethod>;

/** What a message answers, as JSON: receivers become `{"$ref": oid}`, nothing becomes null. */
export function answerToWire(value: unknown): unknown {
  if (value === undefined) return null;
  if (value instanceof Receiver) return { $ref: value.oid };
  if (Array.isArray(value)) return value.map(answerToWire);
  return value;
}
