/**
 * The weights of a recall as the slots of the object `memory_manager` say, obeyed at once. A slot that says nothing
 * sensible is named, and means what it meant in a new image.
 */
import { z } from "zod";
import type { CommittedThought, Store } from "../../kv/mod.ts";
import { type RecallWeights, recallWeightsDefault } from "../../vector/mod.ts";
import { changedManagerSlots, type Manager, readManagerSlots, type Slots } from "./manager_slots.ts";

const weight = z.number().min(0).max(1);

/** Each slot, what it may hold, and what it sets. */
const SLOTS: readonly { slot: string; field: keyof RecallWeights; may: z.ZodType; words: string }[] = [
  { slot: "recall_fusion", field: "fusion", may: z.enum(["convex", "rank"]), words: '"convex" or "rank"' },
  { slot: "weight_meaning", field: "meaning", may: weight, words: "a number from 0 to 1" },
  { slot: "weight_words", field: "words", may: weight, words: "a number from 0 to 1" },
  { slot: "weight_thread", field: "thread", may: weight, words: "a number from 0 to 1" },
  { slot: "weight_recency", field: "recency", may: weight, words: "a number from 0 to 1" },
  { slot: "weight_importance", field: "importance", may: weight, words: "a number from 0 to 1" },
  { slot: "lend_next", field: "lendNext", may: weight, words: "a number from 0 to 1" },
  { slot: "lend_second", field: "lendSecond", may: weight, words: "a number from 0 to 1" },
  {
    slot: "recency_half_life_days",
    field: "recencyHalfLifeDays",
    may: z.number().min(0.01).max(36_500),
    words: "a number of days from 0.01 to 36500",
  },
];

/** The slots that a new image has for them. */
export const recallSlots: Slots = Object.fromEntries(
  SLOTS.map(({ slot, field }) => [slot, recallWeightsDefault[field]]),
);

const memoryManager: Manager = { name: "memory_manager", otherwise: recallSlots };

export class RecallSettings {
  readonly #store: Store;
  readonly #onStatus: () => void;
  #weights: RecallWeights = recallWeightsDefault;
  #problems: readonly string[] = [];

  constructor(store: Store, onStatus: () => void) {
    this.#store = store;
    this.#onStatus = onStatus;
  }

  get weights(): RecallWeights {
    return this.#weights;
  }

  /** What is wrong with the slots, in words. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  async read(): Promise<void> {
    this.#obey(await readManagerSlots(this.#store, memoryManager));
  }

  committed(thoughts: readonly CommittedThought[]): void {
    const slots = changedManagerSlots(thoughts, memoryManager);
    if (slots === null) return;
    this.#obey(slots);
    this.#onStatus();
  }

  #obey(slots: Slots): void {
    const problems: string[] = [];
    const fields = SLOTS.map(({ slot, field, may, words }) => {
      const value = slots[slot];
      if (may.safeParse(value).success) return [field, value] as const;
      problems.push(`memory_manager.${slot} must be ${words}: it is ${JSON.stringify(value)?.slice(0, 60)}`);
      return [field, recallWeightsDefault[field]] as const;
    });
    this.#weights = Object.fromEntries(fields) as unknown as RecallWeights;
    this.#problems = problems;
  }
}
