/**
 * The two scopes in which native methods run: over committed objects, where nothing may change, and over a thought's
 * scratch copy. Both are synchronous; what is not in memory or cannot be done there is thrown as a signal, and the
 * world reads, or opens a thought, and runs the message again.
 */
import { ArgumentError, NotUnderstoodError, QuarantinedError } from "../errors.ts";
import {
  type ContextOf,
  type Found,
  linearize,
  lookup,
  lookupAfter,
  nearestSelectors,
} from "../object/mod.ts";
import { SEND_DEPTH_MAX } from "./limits.ts";
import { type NativeMethod, type NativeTable, Receiver, type Scope } from "./receiver.ts";
import type { Registry } from "./registry.ts";
import type { WorldTransaction } from "./transaction.ts";

/** Thrown where a message turns out to need a thought, a sandbox or a service. */
export class NeedThought extends Error {
  constructor() {
    super("This message cannot be answered by a look at committed objects");
    this.name = "NeedThought";
  }
}

/**
 * Names the receiver, the chain that was searched, and the nearest selectors that exist along it. Where the search
 * ended at an object that cannot be read, that is what is wrong.
 */
export function notUnderstood(
  oid: string,
  selector: string,
  contextOf: ContextOf,
): NotUnderstoodError | QuarantinedError {
  const chain = linearize(oid, contextOf);
  const label = (each: string) => contextOf(each)?.name ?? each;
  for (const each of chain) {
    const reason = contextOf(each)?.reason ?? null;
    if (reason !== null) return new QuarantinedError(label(each), reason);
  }
  const existing = chain.flatMap((each) => Object.keys(contextOf(each)?.slots ?? {}));
  return new NotUnderstoodError(label(oid), selector, chain.map(label), nearestSelectors(selector, existing));
}

/** @throws {ArgumentError} when a slot names a native that this program does not have */
export function nativeNamed(natives: NativeTable, name: string): NativeMethod {
  const native = natives.get(name);
  if (native === undefined) {
    throw new ArgumentError(
      `This program has no native method "${name}"`,
      "Set the slot to a method of the image, or run a version of the program that has it.",
      { native: name },
    );
  }
  return native;
}

abstract class NativeScope implements Scope {
  abstract readonly contextOf: ContextOf;
  protected readonly natives: NativeTable;
  #depth = 0;

  constructor(natives: NativeTable) {
    this.natives = natives;
  }

  readonly send = (receiver: string, selector: string, args: readonly unknown[]): unknown => {
    const found = lookup(receiver, selector, this.contextOf);
    if (found === null) throw notUnderstood(receiver, selector, this.contextOf);
    return this.answer(receiver, selector, found, args);
  };

  readonly resend = (
    receiver: string,
    holder: string,
    selector: string,
    args: readonly unknown[],
  ): unknown => {
    const found = lookupAfter(receiver, holder, selector, this.contextOf);
    if (found === null) throw notUnderstood(receiver, selector, this.contextOf);
    return this.answer(receiver, selector, found, args);
  };

  protected abstract allow(native: NativeMethod): void;

  answer(receiver: string, selector: string, found: Found, args: readonly unknown[]): unknown {
    const { slot } = found;
    if (slot.kind === "native") {
      const native = nativeNamed(this.natives, slot.native);
      this.allow(native);
      if (this.#depth >= SEND_DEPTH_MAX) {
        this.#depth = 0;
        throw new ArgumentError(
          `"${selector}" was sent more than ${SEND_DEPTH_MAX} deep`,
          "A method sends to itself without end; change it.",
          { selector },
        );
      }
      this.#depth++;
      try {
        return native.run(new Receiver(this, receiver, found.holder), args);
      } finally {
        if (this.#depth > 0) this.#depth--;
      }
    }
    if (slot.kind === "method") return this.imageMethod(selector);
    if (args.length > 0) throw plainSlotTakesNoArguments(selector);
    return slot.kind === "data" ? slot.value : new Receiver(this, slot.oid, slot.oid);
  }

  protected abstract imageMethod(selector: string): never;
}

/** A plain slot answers its value; to change it is another message. */
export function plainSlotTakesNoArguments(selector: string): ArgumentError {
  return new ArgumentError(
    `"${selector}" is a slot, not a method, and takes no arguments`,
    "Send it without arguments to read it; use set to change it.",
    { selector },
  );
}

/** Committed objects in memory; reads only. */
export class LiveScope extends NativeScope {
  readonly contextOf: ContextOf;

  constructor(registry: Registry, natives: NativeTable) {
    super(natives);
    this.contextOf = registry.contextOf;
  }

  protected allow(native: NativeMethod): void {
    if (native.effect !== "read") throw new NeedThought();
  }

  protected imageMethod(): never {
    throw new NeedThought();
  }
}

/** A thought's scratch copy; changes are staged. */
export class ThoughtScope extends NativeScope {
  readonly contextOf: ContextOf;
  readonly stage: NonNullable<Scope["stage"]>;

  constructor(tx: WorldTransaction, natives: NativeTable) {
    super(natives);
    this.contextOf = tx.contextOf;
    this.stage = tx.stage;
  }

  protected allow(native: NativeMethod): void {
    if (native.effect === "service") {
      throw new ArgumentError(
        "A method cannot ask a part of the system in the middle of a thought",
        "Send that message on its own.",
      );
    }
  }

  protected imageMethod(selector: string): never {
    throw new ArgumentError(
      `A native method cannot wait for "${selector}", which is written in the image`,
      "Send the message from a method of the image instead.",
      { selector },
    );
  }
}
