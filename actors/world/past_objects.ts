/** The objects as they were at a position, each read once, together with all that it delegated to. */
import { keys, type Position, type Store } from "../../kv/mod.ts";
import { QuarantinedError } from "../errors.ts";
import { type ContextOf, type ObjectContext, restore } from "../object/mod.ts";

export class PastObjects {
  readonly position: Position;
  readonly #store: Store;
  readonly #known = new Map<string, ObjectContext | null>();

  constructor(store: Store, position: Position) {
    this.#store = store;
    this.position = position;
  }

  /** Null when it was not there. @throws {QuarantinedError} for a stored form that does not validate; what `asOf` throws */
  async read(oid: string): Promise<ObjectContext | null> {
    const known = this.#known.get(oid);
    if (known !== undefined) return known;
    const stored = await this.#store.asOf(this.position).get<unknown>(keys.object(oid));
    if (stored === null) {
      this.#known.set(oid, null);
      return null;
    }
    const restored = restore(oid, stored);
    if (!restored.ok) throw new QuarantinedError(oid, restored.reason);
    const { context } = restored.snapshot;
    this.#known.set(oid, context);
    for (const parent of context.parents) await this.read(parent);
    return context;
  }

  /** What was read before; null for everything else. */
  readonly contextOf: ContextOf = (oid) => this.#known.get(oid) ?? null;
}
