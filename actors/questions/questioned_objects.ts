/**
 * All that questions look at, in step with the objects that are put: the names of their slots as roles, all that fills
 * them, and the beginning of each object's form. Which objects hold a pair is found by these beginnings first, each cut
 * as low as the number of its slots allows, and then by longer forms.
 */
import {
  filler,
  fillerPhases,
  hologram,
  noiseThreshold,
  type Phases8,
  phases8,
  type Planes,
  planes,
  role,
  rolePhases,
} from "../../vector/hypervector/mod.ts";
import type { Slot } from "../object/mod.ts";
import type {
  BookFigures,
  Holder,
  HoldersFound,
  NearestFiller,
  NearestRole,
  QuestionedObject,
  Space,
} from "./codebook_messages.ts";
import { hologramSlot } from "./forms.ts";
import { GrowingCodebook } from "./growing_codebook.ts";
import {
  ANSWERS_MAX,
  CODEBOOK_TEXT_MAX,
  COMPARED_DIMENSIONS_MAX,
  QUESTIONED_OBJECTS_MAX,
  SIEVE_DIMENSIONS,
  SIEVE_SIGMAS,
} from "./limits.ts";

interface Known {
  readonly name: string | null;
  readonly slots: Readonly<Record<string, Slot>>;
  /** The roles and fillers that were counted for it. */
  readonly roles: readonly string[];
  readonly fillers: readonly string[];
  readonly length: number;
  readonly sieve: Phases8 | null;
}

export class QuestionedObjects {
  readonly #space: Space;
  readonly #objects = new Map<string, Known>();
  readonly #roles: GrowingCodebook<string>;
  readonly #fillers: GrowingCodebook<Slot>;
  #length = 0;
  #truncated = false;

  constructor(space: Space, kernel: Uint8Array<ArrayBuffer>) {
    this.#space = space;
    const { dimensions } = space;
    this.#roles = new GrowingCodebook({ dimensions, kernel, phasesOf: (name) => rolePhases(name, space) });
    this.#fillers = new GrowingCodebook({
      dimensions,
      kernel,
      phasesOf: (slot) => fillerPhases(hologramSlot(slot), space),
    });
  }

  get figures(): BookFigures {
    const places = this.#roles.capacity + this.#fillers.capacity;
    return {
      objects: this.#objects.size,
      roles: this.#roles.size,
      fillers: this.#fillers.size,
      truncated: this.#truncated,
      bytes: places * 512 + this.#objects.size * SIEVE_DIMENSIONS,
    };
  }

  /** Takes an object in the place of what it was; one whose slots are null goes. */
  put({ oid, name, slots }: QuestionedObject): void {
    this.#drop(oid);
    if (slots === null) return;
    const entries = Object.entries(slots);
    const length = entries.reduce((sum, [role, slot]) => sum + role.length + lengthOf(slot), 0);
    if (this.#objects.size >= QUESTIONED_OBJECTS_MAX || this.#length + length > CODEBOOK_TEXT_MAX) {
      this.#truncated = true;
      return;
    }
    const roles: string[] = [];
    const fillers: string[] = [];
    for (const [role, slot] of entries) {
      const key = identityOf(slot);
      if (this.#roles.use(role, role)) roles.push(role);
      else this.#truncated = true;
      if (this.#fillers.use(key, slot)) fillers.push(key);
      else this.#truncated = true;
    }
    const form = this.#formOf(slots, SIEVE_DIMENSIONS);
    const sieve = form === null ? null : phases8.fromPhases(planes.toPhases(form));
    this.#objects.set(oid, { name, slots, roles, fillers, length, sieve });
    this.#length += length;
  }

  nearestRole(query: Planes, least: number): NearestRole | null {
    const found = this.#roles.nearest(query, least);
    if (found === null) return null;
    const { payload: name, ...near } = found;
    return { ...near, name };
  }

  nearestFiller(query: Planes, least: number): NearestFiller | null {
    const found = this.#fillers.nearest(query, least);
    if (found === null) return null;
    const { payload: slot, ...near } = found;
    return { ...near, slot };
  }

  /** Which objects have `role` with one of the values. */
  holders(name: string, values: readonly Slot[]): HoldersFound {
    const dimensions = Math.min(this.#space.dimensions, COMPARED_DIMENSIONS_MAX);
    const threshold = noiseThreshold(this.#objects.size * values.length, dimensions);
    const pairs = this.#pairsOf(name, values, dimensions);
    const passes = this.#sieve(this.#pairsOf(name, values, SIEVE_DIMENSIONS));
    const ranked: Holder[] = [];
    for (const [oid, known] of this.#objects) {
      const form = passes(known) ? this.#formOf(known.slots, dimensions) : null;
      if (form === null) continue;
      const similarity = Math.max(...pairs.map((pair) => planes.similarity(form, pair)));
      ranked.push({ oid, name: known.name, similarity });
    }
    ranked.sort((left, right) => right.similarity - left.similarity);
    const count = ranked.filter(({ similarity }) => similarity >= threshold).length;
    return { threshold, ranked: ranked.slice(0, Math.min(count, ANSWERS_MAX) + 1) };
  }

  #pairsOf(name: string, values: readonly Slot[], dimensions: number): Planes[] {
    const space = { ...this.#space, dimensions };
    return values.map((value) => planes.bind(role(name, space), filler(hologramSlot(value), space)));
  }

  /** An object with n slots is like each of its pairs by 1 / √n, and a tenth less where only its phases are kept. */
  #sieve(pairs: readonly Planes[]): (known: Known) => boolean {
    const grids = pairs.map((pair) => phases8.fromPhases(planes.toPhases(pair)));
    const noise = SIEVE_SIGMAS / Math.sqrt(2 * SIEVE_DIMENSIONS);
    return ({ sieve, slots }) => {
      if (sieve === null) return false;
      const least = 0.85 / Math.sqrt(Object.keys(slots).length) - noise;
      return least <= 0 || grids.some((grid) => phases8.similarity(sieve, grid) >= least);
    };
  }

  #formOf(slots: Known["slots"], dimensions: number): Planes | null {
    const entries = Object.entries(slots).map(([name, slot]) => [name, hologramSlot(slot)] as const);
    return entries.length === 0
      ? null
      : hologram(Object.fromEntries(entries), { seed: this.#space.seed, dimensions });
  }

  #drop(oid: string): void {
    const known = this.#objects.get(oid);
    if (known === undefined) return;
    this.#objects.delete(oid);
    this.#length -= known.length;
    for (const each of known.roles) this.#roles.drop(each);
    for (const each of known.fillers) this.#fillers.drop(each);
  }
}

function lengthOf(slot: Slot): number {
  return identityOf(slot).length;
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
