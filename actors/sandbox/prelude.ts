/**
 * The object model inside QuickJS: handles, delegation, sends, intents. This function is handed over as text, so it
 * closes over nothing and imports nothing but types. It keeps its own copies of the built-ins that it uses, and its
 * tables have no prototype, so that a program that rewrites `Array.prototype` changes its own results and not the
 * record of what it did. One function that shares one set of tables, hence one file.
 */
import type { Json } from "../object/mod.ts";
import type { ValueBorder, Values } from "./prelude_values.ts";
import type { SandboxObject, SandboxSlot } from "./protocol.ts";

/** What the runner gives; each takes and gives plain text or numbers, but for `compile`. */
export interface PreludeHost {
  /** The object's JSON text, or "null". */
  read(oid: string): string;
  /** `{value, changed}` as JSON text. */
  native(request: string): string;
  compile(source: string, label: string): unknown;
  /** Notes which bound was met; the interpreter stops the program soon after. */
  limit(name: string): void;
}

export interface PreludeLimits {
  readonly sends: number;
  readonly depth: number;
  readonly intents: number;
  readonly requests: number;
  readonly outputBytes: number;
  readonly valueDepth: number;
  readonly selectorLength: number;
}

type Program = (self: unknown, ...args: unknown[]) => unknown;
interface Found {
  readonly holder: string;
  readonly slot: SandboxSlot;
}
interface Entry {
  readonly oid: string;
  name: string | null;
  parents: string[];
  slots: Record<string, SandboxSlot>;
  found: Record<string, Found | null>;
  generation: number;
}
interface Frame {
  readonly receiver: string;
  readonly holder: string;
  readonly selector: string;
  /** Declared effects; absent: not bounded. */
  readonly effects: readonly string[] | undefined;
  readonly below: Frame | null;
}

/** @returns a function that runs one call, given as JSON text, and gives its outcome as JSON text */
export function prelude(
  host: PreludeHost,
  makeValues: (border: ValueBorder) => Values,
): (callText: string, limits: PreludeLimits) => string {
  const { parse, stringify } = JSON;
  const { apply } = Reflect;
  const { create, freeze, setPrototypeOf } = Object;
  const makeError = Error;
  const makeTypeError = TypeError;
  const makeWeakMap = WeakMap;

  const entries: Record<string, Entry | null> = create(null);
  const handles: Record<string, Handle> = create(null);
  const programs = new makeWeakMap<SandboxSlot, Program>();
  const fetchProgram = Function.prototype.call.bind(WeakMap.prototype.get) as (
    map: unknown,
    slot: SandboxSlot,
  ) => Program | undefined;
  const keepProgram = Function.prototype.call.bind(WeakMap.prototype.set) as (
    map: unknown,
    slot: SandboxSlot,
    program: Program,
  ) => void;
  const intents: Record<number, string> = create(null);
  let limits: PreludeLimits;
  let intentCount = 0;
  let intentLength = 0;
  let sends = 0;
  let depth = 0;
  let requests = 0;
  let generation = 0;
  let top: Frame | null = null;
  let failedAt: { readonly error: unknown; readonly frame: Frame } | null = null;
  let notUnderstood:
    | {
      readonly error: unknown;
      readonly receiver: string;
      readonly selector: string;
      readonly args: unknown[];
    }
    | null = null;
  let hostError: unknown = null;

  const stop = (name: string): never => {
    host.limit(name);
    throw new makeError(`the limit "${name}" was met`);
  };

  const ask = (request: () => string): unknown => {
    if (++requests > limits.requests) stop("requests");
    let text: string;
    try {
      text = request();
    } catch (error) {
      hostError = error;
      throw error;
    }
    return parse(text);
  };

  const admit = (object: SandboxObject): Entry => {
    setPrototypeOf(object.slots, null);
    const known = entries[object.oid];
    generation++;
    if (known) {
      known.name = object.name;
      known.parents = object.parents;
      known.slots = object.slots;
      return known;
    }
    return entries[object.oid] = {
      oid: object.oid,
      name: object.name,
      parents: object.parents,
      slots: object.slots,
      found: create(null),
      generation,
    };
  };

  const entryOrNull = (oid: string): Entry | null => {
    const known = entries[oid];
    if (known !== undefined) return known;
    const object = ask(() => host.read(oid)) as SandboxObject | null;
    return object === null ? entries[oid] = null : admit(object);
  };

  const entryOf = (oid: string): Entry => {
    const entry = entryOrNull(oid);
    if (entry === null) throw new makeError(`there is no object "${oid}" any more`);
    return entry;
  };

  /** Own slot, then parents left to right, depth first, each once; with `after`, the next one behind that holder. */
  const search = (oid: string, selector: string, after: string | null): Found | null => {
    const visited: Record<string, boolean> = create(null);
    let passed = after === null;
    const visit = (current: string): Found | null => {
      if (visited[current]) return null;
      visited[current] = true;
      const entry = entryOrNull(current);
      if (entry === null) return null;
      if (passed) {
        const slot = entry.slots[selector];
        if (slot !== undefined) return { holder: current, slot };
      } else if (current === after) passed = true;
      for (let n = 0; n < entry.parents.length; n++) {
        const found = visit(entry.parents[n]!);
        if (found !== null) return found;
      }
      return null;
    };
    return visit(oid);
  };

  const lookup = (entry: Entry, selector: string): Found | null => {
    if (entry.generation !== generation) {
      entry.found = create(null);
      entry.generation = generation;
    }
    const known = entry.found[selector];
    if (known !== undefined) return known;
    const found = search(entry.oid, selector, null);
    if (entry.generation === generation) entry.found[selector] = found;
    return found;
  };

  const handleOf = (oid: string): Handle => handles[oid] ??= new Handle(oid);
  const oidOf = (value: object) => Handle.is(value) ? Handle.oidOf(value) : null;
  const { decode, encode, define, textOf } = makeValues({ oidOf, handleOf, stop });
  const refusing = makeValues({
    oidOf,
    handleOf,
    stop: (name) => {
      throw new makeError(`the limit "${name}" was met`);
    },
  });
  const encodeBounded = (value: unknown, what: string) =>
    encode(value, what, limits.outputBytes, limits.valueDepth);

  const slotName = (name: unknown): string => {
    if (typeof name !== "string" || name === "" || name.length > limits.selectorLength) {
      throw new makeTypeError(
        `a slot name or selector is a text of 1 to ${limits.selectorLength} characters`,
      );
    }
    return name;
  };

  const valueOf = (slot: SandboxSlot, name: string): unknown => {
    if (slot.kind === "data") return decode(slot.value);
    if (slot.kind === "reference") return handleOf(slot.oid);
    throw new makeTypeError(`"${name}" is a method: send it, as in self.send("${name}")`);
  };

  const declares = (effects: readonly string[], effect: string): boolean => {
    for (let n = 0; n < effects.length; n++) if (effects[n] === effect) return true;
    return false;
  };
  /** Every method that waits, and the one that runs, must have declared that such an object may be written. */
  const mayWrite = (oid: string): void => {
    for (let frame = top; frame !== null; frame = frame.below) {
      if (frame.effects === undefined) continue;
      const effect = frame.receiver === oid ? "writes_self" : "writes_others";
      if (declares(frame.effects, effect)) continue;
      throw new makeTypeError(`"${frame.selector}" did not declare the effect "${effect}"`);
    }
  };
  const boundsText = (): string => {
    let text = "";
    for (let frame = top; frame !== null; frame = frame.below) {
      if (frame.effects === undefined) continue;
      let effects = "";
      for (let n = 0; n < frame.effects.length; n++) {
        effects += (n === 0 ? "" : ",") + stringify(frame.effects[n]);
      }
      text += `${text === "" ? "" : ","}{"receiver":${stringify(frame.receiver)},"effects":[${effects}]}`;
    }
    return `[${text}]`;
  };

  const intend = (text: string): void => {
    if (intentCount >= limits.intents) stop("intents");
    intentLength += text.length;
    if (intentLength > limits.outputBytes) stop("outputBytes");
    intents[intentCount++] = text;
  };
  const intentsText = (): string => {
    let text = "";
    for (let n = 0; n < intentCount; n++) text += (n === 0 ? "" : ",") + intents[n];
    return `[${text}]`;
  };

  const invoke = (
    entry: Entry,
    holder: string,
    selector: string,
    slot: SandboxSlot,
    args: unknown[],
  ): unknown => {
    if (slot.kind === "data" || slot.kind === "reference") return valueOf(slot, selector);
    if (slot.kind === "native") {
      const given: string[] = [];
      for (let n = 0; n < args.length; n++) {
        define(given, n, encodeBounded(args[n], `argument ${n + 1} of "${selector}"`));
      }
      let argumentText = "";
      for (let n = 0; n < given.length; n++) argumentText += (n === 0 ? "" : ",") + given[n];
      const answer = ask(() =>
        host.native(
          `{"receiver":${stringify(entry.oid)},"holder":${stringify(holder)},"selector":${
            stringify(selector)
          },` +
            `"native":${stringify(slot.native)},"arguments":[${argumentText}],"intents":${intentsText()},` +
            `"bounds":${boundsText()}}`,
        )
      ) as { value: Json; changed: SandboxObject[] };
      for (let n = 0; n < answer.changed.length; n++) admit(answer.changed[n]!);
      return decode(answer.value);
    }
    if (depth >= limits.depth) stop("depth");
    const frame: Frame = { receiver: entry.oid, holder, selector, effects: slot.effects, below: top };
    depth++;
    top = frame;
    try {
      let program = fetchProgram(programs, slot);
      if (program === undefined) {
        const name = entries[holder]?.name ?? holder;
        const compiled = host.compile(slot.source, `${name}>>${selector}`);
        if (typeof compiled !== "function") {
          throw new makeTypeError(
            'a method is one function, such as (self, amount) => self.get("x") + amount',
          );
        }
        program = compiled as Program;
        keepProgram(programs, slot, program);
      }
      switch (args.length) {
        case 0:
          return program(handleOf(entry.oid));
        case 1:
          return program(handleOf(entry.oid), args[0]);
        default: {
          const all: unknown[] = [];
          define(all, 0, handleOf(entry.oid));
          for (let n = 0; n < args.length; n++) define(all, n + 1, args[n]);
          return apply(program, undefined, all);
        }
      }
    } catch (error) {
      if (failedAt === null || failedAt.error !== error) failedAt = { error, frame };
      throw error;
    } finally {
      depth--;
      top = frame.below;
    }
  };

  /** What a message carried that was not understood, or "null" where that cannot leave. */
  const argumentsText = (args: unknown[]): string => {
    try {
      return refusing.encode(args, "its arguments", limits.outputBytes, limits.valueDepth);
    } catch {
      return "null";
    }
  };

  const deliver = (entry: Entry, selector: string, found: Found | null, args: unknown[]): unknown => {
    if (++sends > limits.sends) stop("sends");
    if (found !== null) return invoke(entry, found.holder, selector, found.slot, args);
    const error = new makeError(`"${entry.name ?? entry.oid}" does not understand "${selector}"`);
    notUnderstood = { error, receiver: entry.oid, selector, args };
    throw error;
  };

  /** An object of the image in a program's hands. The same object is always the same handle. */
  class Handle {
    readonly #oid: string;
    constructor(oid: string) {
      this.#oid = oid;
      freeze(this);
    }
    static is(value: object): value is Handle {
      return #oid in value;
    }
    static oidOf(handle: Handle): string {
      return handle.#oid;
    }
    get oid(): string {
      return this.#oid;
    }
    get name(): string | null {
      return entryOf(this.#oid).name;
    }
    get(slot: unknown): unknown {
      const name = slotName(slot);
      const found = lookup(entryOf(this.#oid), name);
      return found === null ? undefined : valueOf(found.slot, name);
    }
    has(slot: unknown): boolean {
      return lookup(entryOf(this.#oid), slotName(slot)) !== null;
    }
    set(slot: unknown, value: unknown): unknown {
      const name = slotName(slot);
      const entry = entryOf(this.#oid);
      if (name === "parent*" || name === "__proto__") {
        throw new makeTypeError(`"${name}" is not a slot that a method may write`);
      }
      mayWrite(this.#oid);
      const text = encodeBounded(value, `the value of "${name}"`);
      intend(`{"kind":"set_slot","oid":${stringify(this.#oid)},"slot":${stringify(name)},"value":${text}}`);
      const own = entry.slots[name];
      if (typeof value === "object" && value !== null && Handle.is(value)) {
        generation++;
        entry.slots[name] = { kind: "reference", oid: value.#oid };
      } else if (own !== undefined && own.kind === "data") own.value = parse(text);
      else {
        generation++;
        entry.slots[name] = { kind: "data", value: parse(text) };
      }
      return value;
    }
    remove(slot: unknown): boolean {
      const name = slotName(slot);
      const entry = entryOf(this.#oid);
      mayWrite(this.#oid);
      if (entry.slots[name] === undefined) return false;
      intend(`{"kind":"remove_slot","oid":${stringify(this.#oid)},"slot":${stringify(name)}}`);
      delete entry.slots[name];
      generation++;
      return true;
    }
    send(selector: unknown, ...args: unknown[]): unknown {
      const name = slotName(selector);
      const entry = entryOf(this.#oid);
      return deliver(entry, name, lookup(entry, name), args);
    }
    resend(selector: unknown, ...args: unknown[]): unknown {
      const name = slotName(selector);
      if (top === null || top.receiver !== this.#oid) {
        throw new makeTypeError("resend goes on behind the running method, so it is sent to self only");
      }
      return deliver(entryOf(this.#oid), name, search(this.#oid, name, top.holder), args);
    }
    toJSON(): Json {
      return { $ref: this.#oid };
    }
  }
  Reflect.deleteProperty(Handle.prototype, "constructor");
  freeze(Handle.prototype);
  freeze(Handle);

  return (callText, given) => {
    limits = given;
    const call = parse(callText) as {
      receiver: string;
      selector: string;
      arguments: Json[];
      objects: SandboxObject[];
    };
    for (let n = 0; n < call.objects.length; n++) admit(call.objects[n]!);
    try {
      const entry = entryOf(call.receiver);
      const args = decode(call.arguments) as unknown[];
      const value = deliver(entry, call.selector, lookup(entry, call.selector), args);
      const text = encodeBounded(value, `the answer of "${call.selector}"`);
      return `{"kind":"returned","value":${text},"intents":${intentsText()}}`;
    } catch (error) {
      const at = failedAt !== null && failedAt.error === error ? failedAt.frame : call;
      const missing = notUnderstood?.error === error ? notUnderstood : null;
      return `{"kind":"failed","failure":{"name":${stringify(textOf(error, "name") || "Error")},` +
        `"message":${stringify(textOf(error, "message"))},"stack":${stringify(textOf(error, "stack"))},` +
        `"receiver":${stringify(at.receiver)},"selector":${stringify(at.selector)}` +
        (missing === null
          ? ""
          : `,"notUnderstood":{"receiver":${stringify(missing.receiver)},"selector":${
            stringify(missing.selector)
          },"arguments":${argumentsText(missing.args)}}`) +
        (hostError !== null && hostError === error ? `,"fromHost":true}}` : "}}");
    }
  };
}
