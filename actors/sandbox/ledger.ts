/**
 * What one call has been shown, kept by the host. A program can write and ask for only what it was shown or what a
 * shown object refers to; anything else that its process says is a breach, however it came about.
 */
import type { Effect, Json } from "../object/mod.ts";
import type { MissedMessage } from "./errors.ts";
import { VALUE_DEPTH_MAX } from "./limits.ts";
import type { SandboxLimits } from "./limits.ts";
import type { EffectBound, Intent, RunnerRequest, SandboxObject } from "./protocol.ts";

/** @returns the effect that writing the object takes and that one of the bounds does not declare, or null */
export function undeclared(bounds: readonly EffectBound[], oid: string): Effect | null {
  for (const { receiver, effects } of bounds) {
    const effect = receiver === oid ? "writes_self" : "writes_others";
    if (!effects.includes(effect)) return effect;
  }
  return null;
}

export class Ledger {
  readonly #shown = new Map<string, SandboxObject | null>();
  readonly #reachable = new Set<string>();
  readonly #limits: SandboxLimits;
  readonly #bound: EffectBound | null;
  #requests = 0;

  constructor(
    receiver: string,
    args: readonly Json[],
    options: { readonly limits: SandboxLimits; readonly effects: readonly Effect[] | undefined },
  ) {
    this.#limits = options.limits;
    this.#bound = options.effects === undefined ? null : { receiver, effects: [...options.effects] };
    this.#reachable.add(receiver);
    for (const value of args) this.#reach(value);
  }

  /** The oids shown so far, those that turned out to be gone included. */
  get shown(): string[] {
    return [...this.#shown.keys()];
  }

  show(oid: string, object: SandboxObject | null): void {
    this.#shown.set(oid, object);
    this.#reachable.add(oid);
    if (object === null) return;
    for (const parent of object.parents) this.#reachable.add(parent);
    for (const slot of Object.values(object.slots)) {
      if (slot.kind === "reference") this.#reachable.add(slot.oid);
      else if (slot.kind === "data") this.#reach(slot.value);
    }
  }

  /** Adds what a native method answered. */
  reach(value: Json): void {
    this.#reach(value);
  }

  /** @returns what is wrong, or null */
  faultOfRequest(request: RunnerRequest): string | null {
    if (++this.#requests > this.#limits.requests) return `it asked more than ${this.#limits.requests} times`;
    if (request.kind === "read") {
      return this.#reachable.has(request.oid)
        ? null
        : `it asked for "${request.oid}", which it was never shown`;
    }
    const slot = this.#shown.get(request.holder)?.slots[request.selector];
    if (slot?.kind !== "native" || slot.native !== request.native) {
      return `it called "${request.native}", which is not what "${request.holder}" has for "${request.selector}"`;
    }
    if (!this.#inChain(request.receiver, request.holder)) {
      return `it called a method of "${request.holder}", which "${request.receiver}" does not inherit`;
    }
    for (const value of request.arguments) {
      const fault = this.#faultOfValue(value, 0);
      if (fault !== null) return fault;
    }
    return this.faultOfIntents(request.intents);
  }

  faultOfIntents(intents: readonly Intent[]): string | null {
    if (intents.length > this.#limits.intents) return `it gave more than ${this.#limits.intents} intents`;
    for (const intent of intents) {
      if (!this.#shown.get(intent.oid)) return `it would write "${intent.oid}", which it was never shown`;
      const effect = this.#bound === null ? null : undeclared([this.#bound], intent.oid);
      if (effect !== null) return `it would write "${intent.oid}" without the declared effect "${effect}"`;
      if (intent.slot === "parent*" || intent.slot === "__proto__") return `it would write "${intent.slot}"`;
      const fault = intent.kind === "set_slot" ? this.#faultOfValue(intent.value, 0) : null;
      if (fault !== null) return fault;
    }
    return null;
  }

  /** A message is only missed by an object that was shown, and carries what a program can know. */
  faultOfMissed({ receiver, selector, arguments: args }: MissedMessage): string | null {
    if (!this.#shown.get(receiver)) return `it sent "${selector}" to "${receiver}", which it was never shown`;
    for (const value of args ?? []) {
      const fault = this.#faultOfValue(value, 0);
      if (fault !== null) return fault;
    }
    return null;
  }

  faultOfAnswer(value: Json, intents: readonly Intent[]): string | null {
    const fault = this.#faultOfValue(value, 0) ?? this.faultOfIntents(intents);
    if (fault !== null) return fault;
    // A little more than the program's own bound, which counts characters and not the escapes around them.
    const bytesMax = this.#limits.outputBytes * 4 + 1_024;
    return JSON.stringify([value, intents]).length > bytesMax * 2
      ? `it gave more than ${bytesMax} bytes`
      : null;
  }

  #inChain(receiver: string, holder: string): boolean {
    const visited = new Set<string>();
    const pending = [receiver];
    for (let oid = pending.pop(); oid !== undefined; oid = pending.pop()) {
      if (oid === holder) return true;
      if (visited.has(oid)) continue;
      visited.add(oid);
      pending.push(...this.#shown.get(oid)?.parents ?? []);
    }
    return false;
  }

  #reach(value: Json): void {
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) {
      for (const item of value) this.#reach(item);
      return;
    }
    if (typeof value.$ref === "string") this.#reachable.add(value.$ref);
    for (const item of Object.values(value)) this.#reach(item);
  }

  #faultOfValue(value: Json, depth: number): string | null {
    if (typeof value !== "object" || value === null) return null;
    if (depth > VALUE_DEPTH_MAX) return "it gave a value that is nested too deeply";
    if (Array.isArray(value)) {
      for (const item of value) {
        const fault = this.#faultOfValue(item, depth + 1);
        if (fault !== null) return fault;
      }
      return null;
    }
    for (const [key, item] of Object.entries(value)) {
      if (key.startsWith("$")) {
        const sound = key === "$ref" && typeof item === "string" && Object.keys(value).length === 1;
        if (!sound) return `it gave a value with the key "${key}"`;
        if (!this.#reachable.has(item)) return `it gave a reference to "${item}", which it was never shown`;
        continue;
      }
      const fault = this.#faultOfValue(item, depth + 1);
      if (fault !== null) return fault;
    }
    return null;
  }
}
