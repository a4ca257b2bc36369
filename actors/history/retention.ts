/**
 * How long history is kept: a policy in the image, as slots of the object `history_manager`, obeyed live. An image
 * without that object, or with a policy that is none, keeps all.
 */
import { z } from "zod";
import type { Position, Pruned, Store } from "../../kv/mod.ts";
import type { ObjectContext } from "../object/mod.ts";
import type { World } from "../world/mod.ts";
import { type Job, unwatched } from "./job.ts";
import { RETENTION_LOOK_MS } from "./limits.ts";

export const HISTORY_MANAGER = "history_manager";

const DAY_MS = 86_400_000;

const policyForm = z.object({
  keep: z.enum(["all", "days", "thoughts"]).default("all"),
  days: z.number().positive().max(1e6).default(365),
  thoughts: z.number().int().min(1).max(1e12).default(100_000),
  interval_seconds: z.number().min(1).max(1e8).default(3_600),
});

export interface Policy {
  readonly keep: "all" | "days" | "thoughts";
  readonly days: number;
  readonly thoughts: number;
  readonly intervalSeconds: number;
  /** Why the slots are no policy: then all is kept. */
  readonly problem?: string;
}

/** The policy as the image has it now. */
export async function readPolicy(world: World): Promise<Policy> {
  const oid = await world.find(HISTORY_MANAGER);
  const context = oid === null ? null : await world.context(oid);
  const parsed = policyForm.safeParse(dataOf(context));
  if (parsed.success) {
    const { interval_seconds: intervalSeconds, ...policy } = parsed.data;
    return { ...policy, intervalSeconds };
  }
  const { interval_seconds: intervalSeconds, ...all } = policyForm.parse({});
  const issue = parsed.error.issues[0]!;
  const problem = `${HISTORY_MANAGER} ${issue.path.join(".")}: ${issue.message}`;
  return { ...all, intervalSeconds, problem };
}

function dataOf(context: ObjectContext | null): Record<string, unknown> {
  const entries = Object.entries(context?.slots ?? {});
  return Object.fromEntries(
    entries.flatMap(([name, slot]) => slot.kind === "data" ? [[name, slot.value]] : []),
  );
}

/** The horizon that a policy asks for; null when all is kept. */
export async function horizonOf(store: Store, policy: Policy, now: number): Promise<Position | null> {
  switch (policy.keep) {
    case "all":
      return null;
    case "days":
      return await store.positionAt(now - policy.days * DAY_MS);
    case "thoughts":
      return await store.history.thoughtsAgo(policy.thoughts);
  }
}

export interface RetentionOptions {
  readonly world: World;
  readonly clock: () => number;
  readonly onError: (error: unknown) => void;
}

/** Prunes as the policy says, each time its interval is over, and ends at once what was interrupted. */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #closing = new AbortController();
  #last: number;
  #running: Promise<void> = Promise.resolve();

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#last = options.clock();
    this.#timer = setInterval(() => this.#look(), RETENTION_LOOK_MS);
    if (options.world.store.history.isUnfinished) this.#run(() => this.#finish());
  }

  #look(): void {
    this.#run(async () => {
      const { world, clock } = this.#options;
      const policy = await readPolicy(world);
      if (clock() - this.#last < policy.intervalSeconds * 1_000) return;
      this.#last = clock();
      await this.#obey(policy);
    });
  }

  async #obey(policy: Policy): Promise<void> {
    const { world: { store }, clock } = this.#options;
    const before = await horizonOf(store, policy, clock());
    if (before === null || before <= store.history.horizon) {
      // One that was stopped, and that nobody has gone on with.
      return store.history.isUnfinished ? await this.#finish() : undefined;
    }
    await store.history.prune({ before, signal: this.#closing.signal });
  }

  async #finish(): Promise<void> {
    const { history } = this.#options.world.store;
    await history.prune({ before: history.horizon, signal: this.#closing.signal });
  }

  #run(work: () => Promise<void>): void {
    this.#running = this.#running.then(work).catch((error) => {
      if (!this.#closing.signal.aborted) this.#options.onError(error);
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort(new DOMException("the image is being closed", "AbortError"));
    await this.#running;
  }
}

/** Prunes once: up to `before`, else as the policy says. Null when the policy keeps all and nothing else was asked. */
export async function pruneOnce(
  world: World,
  { before, dryRun, now, job = unwatched }: {
    readonly before?: Position | undefined;
    readonly dryRun: boolean;
    readonly now: number;
    readonly job?: Job;
  },
): Promise<Pruned | null> {
  const wanted = before ?? await horizonOf(world.store, await readPolicy(world), now);
  if (wanted === null) return null;
  const { signal, progress } = job;
  return await world.store.history.prune({
    before: wanted,
    dryRun,
    signal,
    onProgress: ({ thoughts }) => progress(thoughts),
  });
}
