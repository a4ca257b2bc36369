/**
 * How many pairs of role and filler one bundle holds: the most at which at least 99 % of the fillers are found again
 * among 1,000 by unbinding and a full search, and the most at which so many are found and known to be. In theory the winner is
 * the right one while Q(√(D / pairs)) × fillers stays below 1 %, for similarities whose noise is normal.
 */
import { readAsset } from "../../actors/system/assets.ts";
import {
  atom,
  noiseThreshold,
  type Phases8,
  phases8,
  type Planes,
  planes,
  Workspace,
} from "../../vector/mod.ts";
import type { Row } from "./row.ts";

const DIMENSIONS = [1_024, 2_048, 4_096, 8_192, 10_000, 16_384] as const;
/** The one that counts: what an image has unless it says otherwise. */
const DEFAULT = 10_000;
const FILLERS = 1_000;
const FOUND_MIN = 0.99;
/** √(D / pairs) at which one filler of 1,000 beats the right one in 1 % of questions. */
const THEORY_SIGMAS = 4.26;
const QUESTIONS = 1_000;
/** The greatest step between two numbers of pairs that are tried, as a share. */
const RESOLUTION = 0.04;
const GROUP = 50;
/** Places for a bundle, a role and a query beside the fillers. */
const SPARE = 8;

interface Found {
  /** Shares of the questions. */
  readonly right: number;
  readonly known: number;
}

export const capacityRow: Row = {
  row: "fhrr-capacity",
  what:
    `pairs that a bundle holds at D = ${DEFAULT} while 99 % of the fillers are found among ${FILLERS}, against theory`,
  unit: "pairs",
  bound: "at least",
  required: 0.9,
  async measure({ say }) {
    const kernel = await readAsset("exact.wasm");
    const table: Record<string, string> = {};
    let ours = 0;
    for (const dimensions of DIMENSIONS) {
      const scene = new Scene(dimensions, kernel);
      const right = scene.capacity(({ right }) => right);
      const known = scene.capacity(({ known }) => known);
      if (dimensions === DEFAULT) ours = right;
      table[`D ${dimensions}`] = `${right} found, ${known} known`;
      say(`D ${dimensions}: ${table[`D ${dimensions}`]}`);
    }
    return {
      ours,
      baseline: DEFAULT / THEORY_SIGMAS ** 2,
      how: `${QUESTIONS} questions for each number of pairs, to ${
        RESOLUTION * 100
      } %, atoms of seed "capacity"`,
      beside: table,
    };
  },
};

class Scene {
  readonly #dimensions: number;
  readonly #fillers: readonly Phases8[];
  readonly #space: Workspace;
  readonly #held: readonly Planes[];
  readonly #threshold: number;
  readonly #tried = new Map<number, Found>();

  constructor(dimensions: number, kernel: Uint8Array<ArrayBuffer>) {
    this.#dimensions = dimensions;
    this.#fillers = Array.from({ length: FILLERS }, (_, n) => atom("capacity", `filler ${n}`, dimensions));
    this.#space = new Workspace(kernel, { dimensions, vectors: FILLERS + SPARE });
    this.#held = this.#fillers.map((filler) => this.#space.fromPhases8(filler));
    this.#threshold = noiseThreshold(FILLERS, dimensions);
  }

  /** The most pairs at which the share is enough. */
  capacity(shareOf: (found: Found) => number): number {
    let [enough, tooMany] = [Math.floor(this.#dimensions / 60), Math.ceil(this.#dimensions / 8)];
    while (tooMany - enough > Math.max(1, RESOLUTION * enough)) {
      const middle = Math.round(Math.sqrt(enough * tooMany));
      if (shareOf(this.#try(middle)) >= FOUND_MIN) enough = middle;
      else tooMany = middle;
    }
    return enough;
  }

  #try(pairs: number): Found {
    const known = this.#tried.get(pairs);
    if (known !== undefined) return known;
    const counts = { asked: 0, right: 0, known: 0 };
    for (let bundle = 0; counts.asked < QUESTIONS; bundle++) this.#ask(pairs, bundle, counts);
    const found = { right: counts.right / counts.asked, known: counts.known / counts.asked };
    this.#tried.set(pairs, found);
    return found;
  }

  #ask(pairs: number, bundle: number, counts: { asked: number; right: number; known: number }): void {
    const roles = Array.from(
      { length: pairs },
      (_, n) => atom("capacity", `role ${bundle} ${n}`, this.#dimensions),
    );
    const fillerOf = (pair: number) => (pair * 7 + bundle * 131) % FILLERS;
    const bound = roles.map((role, pair) => phases8.bind(role, this.#fillers[fillerOf(pair)]!));
    const sum = sumOf(bound);
    for (let pair = 0; pair < pairs && counts.asked < QUESTIONS; pair++) {
      const { index, similarity } = this.#search(sum, roles[pair]!);
      counts.asked++;
      if (index !== fillerOf(pair)) continue;
      counts.right++;
      if (similarity >= this.#threshold) counts.known++;
    }
  }

  /** The filler that a role has in a bundle, by comparing with every one. */
  #search(sum: Planes, role: Phases8): { index: number; similarity: number } {
    return this.#space.within(() => {
      const query = this.#space.unbind(sum, this.#space.fromPhases8(role));
      let best = { index: -1, similarity: -Infinity };
      for (const [index, filler] of this.#held.entries()) {
        const similarity = this.#space.similarity(query, filler);
        if (similarity > best.similarity) best = { index, similarity };
      }
      return best;
    });
  }
}

function sumOf(vectors: readonly Phases8[]): Planes {
  let sum: Planes | null = null;
  for (let from = 0; from < vectors.length; from += GROUP) {
    const group = vectors.slice(from, from + GROUP).map(planes.fromPhases8);
    sum = planes.bundle(sum === null ? group : [sum, ...group]);
  }
  if (sum === null) throw new RangeError("There is no sum of nothing");
  return sum;
}
