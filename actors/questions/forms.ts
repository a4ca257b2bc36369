/**
 * The holographic forms of objects: a pure function of the committed slots and of the seed and dimensions that the
 * image's hypervector prototype has. A form is kept until a commit gives its object other slots.
 */
import { z } from "zod";
import { hologram, type HologramSlot, type Planes, Workspace } from "../../vector/hypervector/mod.ts";
import { UnavailableError } from "../errors.ts";
import type { ObjectContext, Slot } from "../object/mod.ts";
import type { World } from "../world/mod.ts";
import type { Space } from "./codebook_messages.ts";
import { FORMS_CACHED_MAX } from "./limits.ts";

const spaceSchema = z.object({
  seed: z.object({ kind: z.literal("data"), value: z.string() }),
  dimensions: z.object({ kind: z.literal("data"), value: z.int().min(1_024).max(16_384) }),
});

/** @throws {UnavailableError} when the prototype is gone or its seed or dimensions cannot be such */
export async function spaceOf(world: World): Promise<Space> {
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
  readonly space: Space;
  readonly form: Planes;
}

export class Forms {
  readonly #kept = new Map<string, Kept>();
  readonly #kernel: Uint8Array<ArrayBuffer>;
  #workspace: Workspace | null = null;

  /** `kernel` is the built `exact.wasm`. */
  constructor(kernel: Uint8Array<ArrayBuffer>) {
    this.#kernel = kernel;
  }

  /** The form of an object, or null when it has no slots. */
  of(context: ObjectContext, space: Space): Planes | null {
    const { oid } = context;
    const kept = this.#kept.get(oid);
    if (kept !== undefined && kept.context === context && isSame(kept.space, space)) return kept.form;
    this.#kept.delete(oid);
    if (Object.keys(context.slots).length === 0) return null;
    const slots = Object.entries(context.slots).map(([name, slot]) => [name, hologramSlot(slot)] as const);
    const form = hologram(Object.fromEntries(slots), space, this.#workspaceOf(space.dimensions));
    const oldest = this.#kept.size >= FORMS_CACHED_MAX ? this.#kept.keys().next().value : undefined;
    if (oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(oid, { context, space, form });
    return form;
  }

  #workspaceOf(dimensions: number): Workspace {
    if (this.#workspace?.dimensions !== dimensions) {
      this.#workspace = new Workspace(this.#kernel, { dimensions });
    }
    return this.#workspace;
  }
}

function isSame(one: Space, other: Space): boolean {
  return one.seed === other.seed && one.dimensions === other.dimensions;
}
