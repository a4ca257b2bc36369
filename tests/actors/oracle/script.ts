/**
 * A long random story of thoughts, and what the oracle says of each. Everything follows from the seed, so that another
 * process can take it up anywhere: it goes through the first part without an image.
 */
import { randomFrom } from "../../support/random.ts";
import {
  type Change,
  type OracleObject,
  type OracleSlot,
  type OracleState,
  putBack,
  think,
  type Verdict,
} from "./oracle.ts";

export type Step =
  | { readonly type: "think"; readonly changes: readonly Change[] }
  /** Of the thought with that number, or of the last that can be undone. */
  | { readonly type: "undo"; readonly thought: number | null }
  | { readonly type: "redo" };

export interface Told {
  readonly step: Step;
  readonly verdict: Verdict;
}

/** A thought that was carried out. */
interface Past {
  readonly kind: "change" | "undo" | "redo";
  readonly undoes: number | null;
  readonly images: ReadonlyMap<string, OracleObject | null>;
}

const OBJECTS_MAX = 90;
const CHANGES_MAX = 12;
const NAMES = 90;
const SLOTS = ["a", "b", "n", "path", "bump"];
export const PATHS = 5;

export class Script {
  readonly #random: () => number;
  readonly #past: Past[] = [];
  /** Operations told so far: changes, undos and redos. */
  operations = 0;
  state: OracleState = new Map();
  #made = 0;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  /** Thoughts that were carried out so far. */
  get thoughts(): number {
    return this.#past.length;
  }

  /** The next step, as if it were carried out unless the oracle refuses it. */
  next(): Told {
    const step = this.#choose();
    const told = step.type === "think" ? this.#think(step.changes) : this.#revert(step);
    this.operations += step.type === "think" ? step.changes.length : 1;
    if ("state" in told.verdict) {
      const images = new Map([...told.verdict.touched].map((oid) => [oid, this.state.get(oid) ?? null]));
      this.#past.push({ kind: told.kind, undoes: told.undoes, images });
      this.state = told.verdict.state;
    }
    return { step, verdict: told.verdict };
  }

  #think(changes: readonly Change[]) {
    return { verdict: think(this.state, changes), kind: "change" as const, undoes: null };
  }

  #revert(step: Exclude<Step, { readonly type: "think" }>) {
    const kind = step.type;
    const target = step.type === "redo" ? this.#lastUndo() : step.thought ?? this.#lastUndoable();
    if (target === null) return { verdict: { codes: [`nothing_to_${kind}`] }, kind, undoes: null };
    const lost = this.#wouldLose(target);
    const verdict = lost ? { codes: ["undo_refused"] } : putBack(this.state, this.#past[target]!.images);
    return { verdict, kind, undoes: target };
  }

  /** The newest that is not undone and is no undo. */
  #lastUndoable(): number | null {
    const undone = new Set<number>();
    for (let n = this.#past.length - 1; n >= 0; n--) {
      const { kind, undoes } = this.#past[n]!;
      if (undone.has(n)) continue;
      if (kind !== "undo") return n;
      undone.add(undoes!);
    }
    return null;
  }

  /** The newest undo that was not redone, with nothing but redos since. */
  #lastUndo(): number | null {
    const redone = new Set<number>();
    for (let n = this.#past.length - 1; n >= 0; n--) {
      const { kind, undoes } = this.#past[n]!;
      if (redone.has(n)) continue;
      if (kind === "undo") return n;
      if (kind !== "redo") return null;
      redone.add(undoes!);
    }
    return null;
  }

  /** Whether a later thought changed the same objects, and its effect is still there. */
  #wouldLose(target: number): boolean {
    const touched = this.#past[target]!.images;
    const gone = new Set<number>();
    for (let n = this.#past.length - 1; n > target; n--) {
      const { undoes, images } = this.#past[n]!;
      if (gone.has(n) || ![...images.keys()].some((oid) => touched.has(oid))) continue;
      if (undoes === null || undoes <= target) return true;
      gone.add(undoes);
    }
    return false;
  }

  #choose(): Step {
    const roll = this.#random();
    if (roll < 0.05) return { type: "undo", thought: null };
    if (roll < 0.09 && this.#past.length > 0) {
      return { type: "undo", thought: this.#past.length - 1 - this.#below(Math.min(30, this.#past.length)) };
    }
    if (roll < 0.12) return { type: "redo" };
    // What goes with its descendants, and what is sent, is a thought of its own.
    if (roll < 0.17) return { type: "think", changes: [{ type: "delete", oid: this.#any(), cascade: true }] };
    if (roll < 0.24) return { type: "think", changes: [{ type: "bump", oid: this.#any() }] };
    return {
      type: "think",
      changes: Array.from({ length: 1 + this.#below(CHANGES_MAX) }, () => this.#change()),
    };
  }

  #change(): Change {
    const crowded = this.state.size >= OBJECTS_MAX;
    const roll = this.#random() * 100;
    const oid = this.#any();
    if (roll < (crowded ? 1 : 14)) {
      const parents = Array.from({ length: this.#below(4) }, () => this.#any());
      return { type: "create", oid: this.#oid(), name: this.#name(), parents: [...new Set(parents)] };
    }
    if (roll < (crowded ? 2 : 20)) {
      return { type: "extend", oid: this.#oid(), source: oid, name: this.#fresh() };
    }
    if (roll < (crowded ? 3 : 25)) {
      return { type: "clone", oid: this.#oid(), source: oid, name: this.#fresh() };
    }
    if (roll < 66) return this.#set(oid);
    if (roll < 69) return { type: "unset", oid, slot: this.#owned(oid) };
    if (roll < 78) return { type: "rename", oid, name: this.#name() };
    if (roll < 92) {
      return { type: "parents", oid, parents: Array.from({ length: this.#below(3) }, () => this.#any()) };
    }
    return { type: "delete", oid, cascade: false };
  }

  #set(oid: string): Change {
    const slot = SLOTS[this.#below(SLOTS.length)]!;
    return { type: "set", oid, slot, value: this.#value(slot) };
  }

  #value(slot: string): OracleSlot {
    if (slot === "path") return { native: `path.${this.#below(PATHS)}` };
    if (slot === "bump") return { native: "bump" };
    return slot === "b" ? { reference: this.#any() } : { data: this.#below(1_000) };
  }

  /** Mostly one that is there. */
  #any(): string {
    const there = [...this.state.keys()];
    const missing = this.#random() < 0.01 || there.length === 0;
    return missing ? oidOf(this.#below(this.#made + 5)) : there[this.#below(there.length)]!;
  }

  /** Mostly one that the object has. */
  #owned(oid: string): string {
    const own = [...this.state.get(oid)?.slots.keys() ?? []];
    return own.length === 0 || this.#random() < 0.05 ? "a" : own[this.#below(own.length)]!;
  }

  #oid(): string {
    return oidOf(this.#made++);
  }

  #name(): string | null {
    const roll = this.#random();
    if (roll < 0.2) return null;
    return roll < 0.25 ? `name ${this.#below(NAMES)}` : this.#fresh();
  }

  #fresh(): string {
    return `name ${this.#random().toString(36).slice(2)}`;
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }
}

function oidOf(n: number): string {
  return `01900000-0000-7000-8000-${String(n).padStart(12, "0")}`;
}
