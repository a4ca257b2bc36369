/**
 * The holographic forms of objects: a pure function of the committed slots and of the seed and dimensions that the
 * image's hypervector prototype has. A form is kept until a commit gives its object other slots.
 */
import { z } from "zod";
import {
  hologram,
  type HologramOptions,
  type HologramSlot,
  type Planes,
  Workspace,
} from "../../vector/hypervector/mod.ts";
import { UnavailableError } from "../errors.ts";
import type { ObjectContext, Slot } from "../object/mod.ts";
import type { World } from "../world/mod.ts";
import { FORMS_CACHED_MAX, WORKSPACES_MAX } from "./limits.ts";

const spaceSchema = z.object({
  seed: z.object({ kind: z.literal("data"), value: z.string() }),
  dimensions: z.object({ kind: z.literal("data"), value: z.int().min(1_024).max(16_384) }),
});

/** @throws {UnavailableError} when the prototype is gone or its seed or dimensions cannot be such */
export async function spaceOf(world: World): Promise<Required<HologramOptions>> {
  const oid = await world.find("hypervector_prototype");
  const slots = oid === null ? null : (await world.context(oid)).slots;
  const parsed = spaceSchema.safeParse(slots);
  if (parsed.success) {
    return { seed: parsed.data.seed.value, dimensions: parsed.data.dimensions.value };
  }
  throw new UnavailableError(
    "Asking objects",
    oid === null
      ? "the image has no hypervector_prototype"
      : "hypervector_prototype needs a seed, and dimensions from 1,024 to 16,384",
    "Undo what changed hypervector_prototype.",
  );
}

/** A slot as the algebra sees it. */
export function hologramSlot(slot: Slot): HologramSlot {
  return slot.kind === "method" ? { kind: "method", source: slot.source } : slot;
}

interface Kept {
  /** The committed slots that it was made of: each commit makes new ones. */
  readonly context: ObjectContext;
  readonly options: Required<HologramOptions>;
  readonly form: Planes;
}

export class Forms {
  readonly #kept = new Map<string, Kept>();
  readonly #kernel: Uint8Array<ArrayBuffer>;
  readonly #workspaces = new Map<number, Workspace>();

  /** `kernel` is the built `exact.wasm`. */
  constructor(kernel: Uint8Array<ArrayBuffer>) {
    this.#kernel = kernel;
  }

  /** The form of an object, or null when it has no slots. */
  of(context: ObjectContext, options: Required<HologramOptions>): Planes | null {
    const key = `${context.oid} ${options.dimensions}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.context === context && kept.options.seed === options.seed) {
      return kept.form;
    }
    this.#kept.delete(key);
    if (Object.keys(context.slots).length === 0) return null;
    const slots = Object.entries(context.slots).map(([name, slot]) => [name, hologramSlot(slot)] as const);
    const form = hologram(Object.fromEntries(slots), options, this.#workspace(options.dimensions));
    const oldest = this.#kept.size >= FORMS_CACHED_MAX ? this.#kept.keys().next().value : undefined;
    if (oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(key, { context, options, form });
    return form;
  }
  /** Questions have at most two numbers of dimensions at a time: the image's, and the one that all are compared in. */
  #workspace(dimensions: number): Workspace {
    const known = this.#workspaces.get(dimensions);
    if (known !== undefined) return known;
    if (this.#workspaces.size >= WORKSPACES_MAX) this.#workspaces.clear();
    const made = new Workspace(this.#kernel, { dimensions });
    this.#workspaces.set(dimensions, made);
    return made;
  }
}
