/** A participant with a medium of its own: pages of text as files in a folder, each whole or not there. */
import { type DataManager, Journal, openStore, type Store, type Thought } from "../../kv/mod.ts";

/** Pages that a tortured ledger has. */
export const PAGES = 5;

interface PageChange {
  readonly page: string;
  readonly text: string;
}

export class Ledger {
  /** Pages in the order in which they were written. */
  readonly applied: string[] = [];
  /** Set by a test to have the medium fail. */
  fault: Error | null = null;
  journal!: Journal<PageChange[]>;
  readonly #folder: string;
  readonly #staged = new WeakMap<Thought, PageChange[]>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Stages a page in a thought, joining it. */
  write(thought: Thought, page: string, text: string): void {
    let staged = this.#staged.get(thought);
    if (staged === undefined) {
      const changes: PageChange[] = [];
      staged = changes;
      this.#staged.set(thought, changes);
      thought.join(this.participant(changes));
    }
    staged.push({ page, text });
  }

  participant(changes: PageChange[]): DataManager {
    return this.journal.participant(() => changes);
  }

  async apply(changes: readonly PageChange[]): Promise<void> {
    if (this.fault !== null) throw this.fault;
    for (const { page, text } of changes) {
      await Deno.writeTextFile(`${this.#folder}/${page}.new`, text);
      await Deno.rename(`${this.#folder}/${page}.new`, `${this.#folder}/${page}`);
      this.applied.push(page);
    }
  }

  async read(page: string): Promise<string | null> {
    try {
      return await Deno.readTextFile(`${this.#folder}/${page}`);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  }
}

export interface OpenLedger extends AsyncDisposable {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly reported: unknown[];
}

/** An image with a ledger beside it. */
export async function openLedger(folder: string, crash?: (point: string) => void): Promise<OpenLedger> {
  const pages = `${folder}/pages`;
  await Deno.mkdir(pages, { recursive: true });
  const reported: unknown[] = [];
  const hook = crash === undefined ? {} : { crash };
  const onError = (error: unknown) => void reported.push(error);
  const store = await openStore({ folder: `${folder}/image`, onError, ...hook });
  const ledger = new Ledger(pages);
  try {
    ledger.journal = await Journal.open<PageChange[]>({
      name: "ledger",
      path: `${folder}/ledger.journal`,
      store,
      apply: (changes) => ledger.apply(changes),
      ...hook,
    });
  } catch (error) {
    await store.close();
    throw error;
  }
  return {
    store,
    ledger,
    reported,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await ledger.journal.close();
    },
  };
}
