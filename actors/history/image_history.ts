/** History as the living image offers it: forking, merging, pruning, and what it costs. */
import type { HistoryCost, Position, Pruned } from "../../kv/mod.ts";
import type { Outcome, World } from "../world/mod.ts";
import { type Forked, forkImage } from "./fork.ts";
import { HistoryWatch } from "./history_watch.ts";
import type { Job } from "./job.ts";
import { type Merged, mergeFork, type MergeRequest } from "./merge.ts";
import { type Policy, pruneOnce, readPolicy, Retention } from "./retention.ts";

export interface ImageHistoryOptions {
  readonly world: World;
  readonly clock: () => number;
  readonly crash: (point: string) => void;
  /** Called when what history costs is other than it was. */
  readonly onChange?: () => void;
  /** Hears why a pruning by the policy, or counting what history costs, failed. */
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
  #watch: HistoryWatch | null = null;

  constructor(options: ImageHistoryOptions) {
    this.#options = options;
  }

  /** Begins to obey the policy, and to count what history costs. */
  start(): void {
    const { world, clock, onError, onChange = () => {} } = this.#options;
    this.#retention ??= new Retention({ world, clock, onError });
    this.#watch ??= new HistoryWatch({ count: () => this.#count({ gently: true }), onChange, onError });
  }

  async close(): Promise<void> {
    await this.#retention?.close();
    await this.#watch?.close();
  }

  /** What history costs as of the last count, and how long it is kept; null before the first. */
  get last(): HistoryReport | null {
    return this.#watch?.last ?? null;
  }

  /** @throws what `forkImage` throws */
  async fork(folder: string, position: Position, job?: Job): Promise<Forked> {
    const { world, clock, crash } = this.#options;
    const watched = job === undefined ? {} : { job };
    return await forkImage({ store: world.store, position, folder, clock, crash, ...watched });
  }

  /** @throws what `mergeFork` throws */
  async merge(request: Omit<MergeRequest, "world">): Promise<Outcome<Merged>> {
    return await mergeFork({ world: this.#options.world, ...request });
  }

  /** Up to a position, else as the policy says; null when that keeps all. @throws what `History.prune` throws */
  async prune(
    options: { readonly before?: Position | undefined; readonly dryRun: boolean; readonly job?: Job },
  ): Promise<Pruned | null> {
    const { world, clock } = this.#options;
    return await pruneOnce(world, { ...options, now: clock() });
  }

  /** Counts what was added since the last count. */
  async report(): Promise<HistoryReport> {
    const report = await this.#count({ gently: false });
    this.#watch?.take(report);
    return report;
  }

  async #count(options: { readonly gently: boolean }): Promise<HistoryReport> {
    const { world } = this.#options;
    const [cost, policy] = await Promise.all([world.store.history.cost(options), readPolicy(world)]);
    return { cost, policy, unfinished: world.store.history.isUnfinished };
  }
}
