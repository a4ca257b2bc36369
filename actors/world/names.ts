/** The oids of names that were looked up, kept in step with the commits and bounded. */
import { keys, type Store } from "../../kv/mod.ts";
import { NAMES_CACHED_MAX } from "./limits.ts";
import { lookedUpName } from "./structure.ts";
import type { Draft } from "./transaction.ts";

export class Names {
  readonly #store: Store;
  readonly #oids = new Map<string, string>();
  /** Numbered names that thoughts under way have chosen, with the thought: as few as there are such thoughts. */
  readonly #reserved = new Map<string, string>();
  /** Counts what may have made a name stale while it was being read. */
  #changes = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The oid if it is in memory. */
  peek(name: string): string | undefined {
    return this.#oids.get(name);
  }

  /** The oid of a name, or null when nobody has it. */
  async find(name: string): Promise<string | null> {
    const normal = lookedUpName(name);
    if (normal === null) return null;
    const known = this.#oids.get(normal);
    if (known !== undefined) return known;
    const changes = this.#changes;
    const oid = (await this.#store.get<string>(keys.name(normal)))?.value ?? null;
    if (oid !== null && changes === this.#changes) this.#remember(normal, oid);
    return oid;
  }

  /** Whether a thought under way has chosen the name. */
  isReserved(name: string): boolean {
    return this.#reserved.has(name);
  }

  /** Keeps a name for one thought while it is under way. */
  reserve(name: string, thought: string): void {
    this.#reserved.set(name, thought);
  }

  /** Gives back what a thought that is over had reserved. */
  release(thought: string): void {
    for (const [name, holder] of this.#reserved) if (holder === thought) this.#reserved.delete(name);
  }

  /** Takes in what a commit did to the names of objects. */
  committed(drafts: Iterable<Draft>): void {
    for (const { oid, before, snapshot } of drafts) {
      const was = before?.name ?? null;
      const is = snapshot?.context.name ?? null;
      if (was === is) continue;
      this.#changes++;
      // Within one thought another object may have taken the name already.
      if (was !== null && this.#oids.get(was) === oid) this.#oids.delete(was);
      if (is !== null) this.#remember(is, oid);
    }
  }

  /** Forgets everything: a commit happened whose names are not known here. */
  clear(): void {
    this.#changes++;
    this.#oids.clear();
  }

  #remember(name: string, oid: string): void {
    if (this.#oids.size >= NAMES_CACHED_MAX) this.#oids.clear();
    this.#oids.set(name, oid);
  }
}
