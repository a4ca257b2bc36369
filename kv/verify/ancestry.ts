/**
 * Whether every object's parents are there and lead to an end. An object whose parents are known to end needs no
 * further look, so that a walk in the order of making reads almost nothing twice.
 */
import { encodeKey, keys } from "../keys.ts";
import { Fingerprints } from "./fingerprints.ts";
import type { Inspection } from "./inspection.ts";
import { ancestorsMax } from "./limits.ts";

export class Ancestry {
  readonly #inspection: Inspection;
  /** Objects whose ancestors all end, and those that have been reported. */
  readonly #grounded = new Fingerprints();

  constructor(inspection: Inspection) {
    this.#inspection = inspection;
  }

  async check(oid: string, parents: readonly string[]): Promise<void> {
    for (const parent of parents) {
      if (!this.#grounded.has(parent)) await this.#climb(oid, parent);
    }
    this.#grounded.add(oid);
  }

  /** Looks at all ancestors over one parent that have not been looked at yet, as they are now. */
  async #climb(oid: string, parent: string): Promise<void> {
    const seen = new Set([oid]);
    const open = [{ from: oid, to: parent }];
    for (let step = open.pop(); step !== undefined && seen.size < ancestorsMax; step = open.pop()) {
      const { from, to } = step;
      if (to === oid) return await this.#reportCycle(oid, from);
      if (seen.has(to) || this.#grounded.has(to)) continue;
      seen.add(to);
      const parents = await this.#parentsOf(from, to);
      open.push(...parents.map((next) => ({ from: to, to: next })));
    }
  }

  async #parentsOf(child: string, oid: string): Promise<readonly string[]> {
    const inspection = this.#inspection;
    const [entry, below] = await inspection.snapshot([keys.object(oid), keys.object(child)]);
    const facts = await inspection.factsOf(oid, entry!);
    if (facts === null && (await inspection.factsOf(child, below!))?.parents.includes(oid)) {
      // Told where the child itself is checked, once.
      if (inspection.live.has(encodeKey(keys.object(child)))) this.#reportMissing(child, oid);
    }
    return facts?.parents ?? [];
  }

  #reportMissing(child: string, parent: string): void {
    this.#inspection.report({
      kind: "parent_missing",
      key: keys.object(child),
      oid: child,
      message: `Object ${child} has the parent ${parent}, which is not there`,
    });
  }

  async #reportCycle(oid: string, last: string): Promise<void> {
    const [entry] = await this.#inspection.snapshot([keys.object(last)]);
    if (!(await this.#inspection.factsOf(last, entry!))?.parents.includes(oid)) return;
    this.#inspection.report({
      kind: "parent_cycle",
      key: keys.object(oid),
      oid,
      message: `Object ${oid} is its own ancestor, by way of ${last}`,
    });
  }
}
