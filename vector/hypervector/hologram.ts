/**
 * The holographic form of an object: the bundle of `role(slot) ⊛ filler(value)` over its slots, a pure function of the
 * image's seed and the committed slots. The order in which slots are given makes no difference to a single bit.
 * `unbind(hologram, role(slot))` is a noisy filler, which `cleanup` makes clean.
 */
import { atom } from "./atom.ts";
import { HypervectorError } from "./errors.ts";
import { dimensionsDefault, fillerDepthMax, fillerItemsMax, powerMagnitudeMax } from "./limits.ts";
import { type Phases8, phases8 } from "./phases8.ts";
import { phasesF32 } from "./phases_f32.ts";
import { type Planes, planes } from "./planes.ts";
import type { Workspace } from "./workspace.ts";

/** What a slot's data may be: JSON. */
export type FillerValue = null | boolean | number | string | readonly FillerValue[] | {
  readonly [name: string]: FillerValue;
};

/** A slot as the algebra sees it. */
export type HologramSlot =
  | { readonly kind: "data"; readonly value: FillerValue }
  | { readonly kind: "reference"; readonly oid: string }
  | { readonly kind: "method"; readonly source: string }
  | { readonly kind: "native"; readonly native: string };

/** Which space the vectors are made in. */
export interface HologramOptions {
  readonly seed: string;
  readonly dimensions?: number;
}

/** The vector of a slot's name as a role. */
export function role(slot: string, options: HologramOptions): Planes {
  return planes.fromPhases8(roleAtom(slot, options));
}

/**
 * The vector of a slot's value. Texts, truth values, null, references and programs are atoms. A number x is the power x
 * of one base vector, so that 1.1 is like 1 and 2 is not; beyond 2³¹ it is a symbol. A list is the bundle of its items,
 * item i permuted by i + 1, and a record is the bundle of `role ⊛ filler`, both as unit phases; too deep or too long,
 * they are the symbol of their canonical text. Throws `invalid_number` for a number that JSON does not have.
 */
export function filler(slot: HologramSlot, options: HologramOptions): Planes {
  return asPlanes(fillerOf(slot, options));
}

/** `role`, on the grid. */
export function rolePhases(slot: string, options: HologramOptions): Phases8 {
  return roleAtom(slot, options);
}

/** `filler` on the grid: what is a bundle is as near to it as a step of a turn's 256. */
export function fillerPhases(slot: HologramSlot, options: HologramOptions): Phases8 {
  const form = fillerOf(slot, options);
  return form instanceof Uint8Array ? form : phases8.fromPhases(planes.toPhases(form));
}

/**
 * The bundle of `role ⊛ filler` over the slots, sorted by name; made in `workspace` where that has places for so many.
 * Throws `empty_bundle` for an object with no slots.
 */
export function hologram(
  slots: Readonly<Record<string, HologramSlot>>,
  options: HologramOptions,
  workspace?: Workspace,
): Planes {
  const names = Object.keys(slots).sort();
  const pairs = names.map((name) => () => pairOf(name, fillerOf(slots[name], options), options));
  if (workspace === undefined || names.length >= workspace.places) {
    return planes.bundle(pairs.map((pair) => asPlanes(pair())));
  }
  return workspace.within(() =>
    workspace.bundle(pairs.map((make) => {
      const pair = make();
      return pair instanceof Uint8Array ? workspace.fromPhases8(pair) : workspace.hold(pair);
    }))
  );
}

/** What is on the grid stays there as long as it can: binding it is exact, and cheap. */
type Form = Phases8 | Planes;

function asPlanes(form: Form): Planes {
  return form instanceof Uint8Array ? planes.fromPhases8(form) : form;
}

function pairOf(name: string, bound: Form, options: HologramOptions): Form {
  const atom = roleAtom(name, options);
  return bound instanceof Uint8Array
    ? phases8.bind(atom, bound)
    : planes.bind(planes.fromPhases8(atom), bound);
}

function roleAtom(slot: string, options: HologramOptions): Phases8 {
  return symbol(`role:${slot}`, options);
}

function symbol(name: string, options: HologramOptions): Phases8 {
  return atom(options.seed, name, options.dimensions ?? dimensionsDefault);
}

function fillerOf(slot: HologramSlot, options: HologramOptions): Form {
  switch (slot.kind) {
    case "data":
      return value(slot.value, options, 0);
    case "reference":
      return symbol(`reference:${slot.oid}`, options);
    case "method":
      return symbol(`method:${slot.source}`, options);
    case "native":
      return symbol(`native:${slot.native}`, options);
  }
}

function value(data: FillerValue, options: HologramOptions, depth: number): Form {
  if (data === null || typeof data === "boolean") return symbol(`constant:${data}`, options);
  if (typeof data === "string") return symbol(`text:${data}`, options);
  if (typeof data === "number") return number(data, options);
  const items = Array.isArray(data) ? data.length : Object.keys(data).length;
  if (depth >= fillerDepthMax || items === 0 || items > fillerItemsMax) {
    return symbol(`structure:${canonical(data)}`, options);
  }
  const parts = Array.isArray(data)
    ? (data as readonly FillerValue[]).map((item, index) =>
      planes.permute(asPlanes(value(item, options, depth + 1)), index + 1)
    )
    : recordParts(data as { readonly [name: string]: FillerValue }, options, depth);
  return planes.fromPhases(planes.toPhases(planes.bundle(parts)));
}

function recordParts(
  record: { readonly [name: string]: FillerValue },
  options: HologramOptions,
  depth: number,
): Planes[] {
  return Object.keys(record).sort().map((name) =>
    asPlanes(pairOf(name, value(record[name], options, depth + 1), options))
  );
}

function number(data: number, options: HologramOptions): Form {
  if (!Number.isFinite(data)) {
    throw new HypervectorError(
      "invalid_number",
      `Cannot encode a number as it must be finite: got ${data}`,
      "Store a finite number or a text in the slot",
      { value: String(data) },
    );
  }
  if (Math.abs(data) > powerMagnitudeMax) return symbol(`number:${data}`, options);
  const base = phasesF32.fromPhases8(symbol("base:number", options));
  return planes.fromPhases(phasesF32.power(base, data));
}

/** JSON with the names of records in order, so that equal values have equal text. */
function canonical(data: FillerValue): string {
  if (data === null || typeof data !== "object") return JSON.stringify(data);
  if (Array.isArray(data)) return `[${(data as readonly FillerValue[]).map(canonical).join(",")}]`;
  const record = data as { readonly [name: string]: FillerValue };
  return `{${
    Object.keys(record).sort().map((name) => `${JSON.stringify(name)}:${canonical(record[name])}`).join(",")
  }}`;
}
