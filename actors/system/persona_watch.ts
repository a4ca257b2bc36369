/**
 * Tells soon after a thought that changes who answers, or how: a persona, what they descend from, or the settings of
 * the orchestrator. A run of such thoughts is told once.
 */
import type { Change, CommittedThought } from "../../kv/mod.ts";
import type { PersistedObject } from "../object/mod.ts";
import type { World } from "../world/mod.ts";
import { PERSONAS_SETTLE_MS } from "./limits.ts";
import { readPersonas } from "./orchestrator_ports.ts";

export interface PersonaWatchOptions {
  readonly world: World;
  /** Must neither wait nor throw. */
  readonly onChange: () => void;
  /** Hears why the personas could not be read; they are read again at the next change. */
  readonly onError: (error: unknown) => void;
}

const NAMES: readonly unknown[] = ["persona_prototype", "orchestrator"];

export class PersonaWatch {
  readonly #options: PersonaWatchOptions;
  readonly #unsubscribe: () => void;
  /** Only grows: who was one of them may be one again by undo. */
  readonly #oids = new Set<unknown>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: PersonaWatchOptions) {
    this.#options = options;
    this.#unsubscribe = options.world.store.onCommitted((thoughts) => this.#committed(thoughts));
  }

  /** Reads who they are, and tells. */
  look(): Promise<void> {
    return this.#looking = this.#looking.then(() => this.#look()).catch(this.#options.onError);
  }

  /** Resolves when nothing is read any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    clearTimeout(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    if (this.#closed) return;
    const { world, onChange } = this.#options;
    const [prototype, orchestrator, personas] = await Promise.all([
      world.find("persona_prototype"),
      world.find("orchestrator"),
      readPersonas(world),
    ]);
    // Who is told reads the personas after this, so that what changes meanwhile is not missed.
    for (const oid of [prototype, orchestrator, ...personas.map(({ oid }) => oid)]) this.#oids.add(oid);
    onChange();
  }

  #committed(thoughts: readonly CommittedThought[]): void {
    // Each change is looked at, as what becomes a persona is one from then on.
    const concerned = thoughts.flatMap(({ changes }) => changes).filter((change) => this.#concerns(change));
    if (concerned.length === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.look();
    }, PERSONAS_SETTLE_MS);
  }

  /** An object that is one of them, or has become one. */
  #concerns({ key: [family, oid], after }: Change): boolean {
    if (family !== "object") return false;
    if (this.#oids.has(oid)) return true;
    const { name, parents } = (after as Partial<PersistedObject> | null)?.snapshot?.context ?? {};
    if (!NAMES.includes(name) && !parents?.some((parent) => this.#oids.has(parent))) return false;
    this.#oids.add(oid);
    return true;
  }
}
