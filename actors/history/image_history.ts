/** History as the living image offers it: forking, merging, pruning, and what it costs. */
import type { HistoryCost, Position, Pruned } from "../../kv/mod.ts";
import type { Outcome, World } from "../world/mod.ts";
import { type Forked, forkImage } from "./fork.ts";
import { type Merged, mergeFork, type MergeRequest } from "./merge.ts";
import { type Policy, pruneOnce, readPolicy, Retention } from "./retention.ts";

export interface ImageHistoryOptions {
  readonly world: World;
  readonly clock: () => number;
  readonly crash: (point: string) => void;
  /** Hears why a pruning by the policy failed. */
  readonly onError: (error: unknown) => void;
}

export interface HistoryReport {
  readonly cost: HistoryCost;
  readonly policy: Policy;
  /** A pruning was interrupted and is not ended yet. */
  readonly unfinished: boolean;
}

export class ImageHistory {
  readonly #options: ImageHistoryOptions;
  #retention: Retention | null = null;

  constructor(options: ImageHistoryOptions) {
    this.#options = options;
  }

  /** Begins to obey the policy. */
  start(): void {
    const { world, clock, onError } = this.#options;
    this.#retention ??= new Retention({ world, clock, onError });
  }

  async close(): Promise<void> {
    await this.#retention?.close();
  }

  /** @throws what `forkImage` throws */
  async fork(folder: string, position: Position): Promise<Forked> {
    const { world, clock, crash } = this.#options;
    return await forkImage({ store: world.store, position, folder, clock, crash });
  }

  /** @throws what `mergeFork` throws */
  async merge(request: Omit<MergeRequest, "world">): Promise<Outcome<Merged>> {
    return await mergeFork({ world: this.#options.world, ...request });
  }

  /** Up to a position, else as the policy says; null when that keeps all. @throws what `History.prune` throws */
  async prune(
    options: { readonly before?: Position | undefined; readonly dryRun: boolean },
  ): Promise<Pruned | null> {
    const { world, clock } = this.#options;
    return await pruneOnce(world, { ...options, now: clock() });
  }

  async report(): Promise<HistoryReport> {
    const { world } = this.#options;
    const [cost, policy] = await Promise.all([world.store.history.cost(), readPolicy(world)]);
    return { cost, policy, unfinished: world.store.history.isUnfinished };
  }
}
