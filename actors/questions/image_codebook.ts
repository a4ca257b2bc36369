/**
 * What can be an answer: the names of all slots as roles, and all that fills them, as the image was at one position.
 * Each codebook has the threshold that it calibrates itself.
 */
import {
  calibrate,
  cleanup,
  type Codebook,
  filler,
  type HologramOptions,
  phases8,
  type Planes,
  planes,
  role,
} from "../../vector/hypervector/mod.ts";
import { keys } from "../../kv/mod.ts";
import type { ObjectContext, Slot } from "../object/mod.ts";
import type { World } from "../world/mod.ts";
import { hologramSlot } from "./forms.ts";
import { CODEBOOK_ENTRIES_MAX, QUESTIONED_OBJECTS_MAX } from "./limits.ts";

/** The nearest entry of a codebook. */
export interface Nearest {
  readonly name: string;
  readonly similarity: number;
  readonly margin: number;
  readonly threshold: number;
  readonly known: boolean;
}

export interface ImageCodebook {
  readonly position: string;
  readonly contexts: readonly ObjectContext[];
  readonly roles: CleanCodebook;
  readonly fillers: CleanCodebook;
  /** The slot of each filler, by its name in the codebook. */
  readonly slots: ReadonlyMap<string, Slot>;
  readonly truncated: boolean;
}

export class CleanCodebook {
  readonly #entries: Codebook;
  readonly #threshold: number;

  constructor(entries: Codebook) {
    this.#entries = entries;
    this.#threshold = entries.length === 0 ? 1 : calibrate(entries).threshold;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** Null when there is nothing to compare with. */
  nearest(query: Planes): Nearest | null {
    const found = cleanup(query, this.#entries, { resonanceMin: -1 });
    if (found === null) return null;
    const { name, similarity, margin } = found;
    return { name, similarity, margin, threshold: this.#threshold, known: similarity >= this.#threshold };
  }
}

/** Reads the objects of the image, up to the bounds. */
export async function readCodebook(
  world: World,
  options: Required<HologramOptions>,
): Promise<ImageCodebook> {
  const { position } = world.store;
  const contexts: ObjectContext[] = [];
  const slots = new Map<string, Slot>();
  const roles = new Set<string>();
  let truncated = false;
  for await (const { key } of world.store.list(keys.objects(), { limit: QUESTIONED_OBJECTS_MAX + 1 })) {
    if (contexts.length >= QUESTIONED_OBJECTS_MAX) {
      truncated = true;
      break;
    }
    const resident = await world.registry.load(String(key.at(-1)));
    if (resident === null || resident.state === "quarantined") continue;
    contexts.push(resident.context);
    for (const [name, slot] of Object.entries(resident.context.slots)) {
      const identity = identityOf(slot);
      if (slots.size >= CODEBOOK_ENTRIES_MAX && !slots.has(identity)) truncated = true;
      else {
        roles.add(name);
        slots.set(identity, slot);
      }
    }
  }
  const entry = (name: string, vector: Planes) => ({
    name,
    phases: phases8.fromPhases(planes.toPhases(vector)),
  });
  return {
    position,
    contexts,
    roles: new CleanCodebook([...roles].map((name) => entry(name, role(name, options)))),
    fillers: new CleanCodebook(
      [...slots].map(([name, slot]) => entry(name, filler(hologramSlot(slot), options))),
    ),
    slots,
    truncated,
  };
}

/** The same for slots that have the same filler. */
function identityOf(slot: Slot): string {
  switch (slot.kind) {
    case "data":
      return `data:${JSON.stringify(slot.value)}`;
    case "reference":
      return `reference:${slot.oid}`;
    case "method":
      return `method:${slot.source}`;
    case "native":
      return `native:${slot.native}`;
  }
}
