/**
 * A part of the system under supervision: it is started, and when it fails it is stopped, the reason is kept where
 * a person can see it, and it is started again after a wait that doubles with each failure in a row. One machine
 * for every part, so that all of them behave alike.
 */
import { type Actor, assign, fromPromise, setup } from "xstate";
import { UnavailableError } from "../errors.ts";
import { RESTART_DELAY_MAX_MS, RESTART_DELAY_MS, STABLE_AFTER_MS, STOP_WAIT_MS } from "./limits.ts";

/** How a part is started and stopped. */
export interface Service<Handle> {
  readonly name: string;
  /** Calls `fail` when it breaks later on. Rejects when it cannot start. */
  start(context: { readonly fail: (error: unknown) => void }): Promise<Handle>;
  stop(handle: Handle): void | Promise<void>;
}

export interface ServiceStatus {
  readonly name: string;
  readonly state: string;
  readonly restarts: number;
  /** Why it last failed; null when it never did, or has been well since. */
  readonly reason: string | null;
}

interface Context<Handle> {
  readonly handle: Handle | null;
  readonly restarts: number;
  readonly failuresInARow: number;
  readonly reason: string | null;
  /** It is being put away for good. */
  readonly ending: boolean;
}

type Event = { readonly type: "FAILED"; readonly error: unknown } | { readonly type: "STOPPED" };

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

type Fail = { readonly fail: (error: unknown) => void };

/** The machine of one part. */
export function supervisedMachine<Handle>(service: Service<Handle>) {
  // What is being started must be put away too when the part fails, or is stopped, before it runs.
  let starting: Promise<Handle> | null = null;
  const takeStarting = async (): Promise<Handle | null> => {
    const taken = starting;
    starting = null;
    // Why it did not start is told by the state that waits for it.
    return taken === null ? null : await taken.catch(() => null);
  };
  return setup({
    types: { context: {} as Context<Handle>, events: {} as Event },
    actors: {
      start: fromPromise<Handle, Fail>(({ input }) => starting = begin(service, input)),
      stop: fromPromise<void, { handle: Handle | null }>(async ({ input }) => {
        const handle = input.handle ?? await takeStarting();
        if (handle !== null) await service.stop(handle);
      }),
    },
    actions: {
      noteFailure: assign(({ context }, params: { error: unknown }) => ({
        restarts: context.restarts + 1,
        failuresInARow: context.failuresInARow + 1,
        reason: reasonOf(params.error),
      })),
    },
    delays: {
      backOff: ({ context }) =>
        Math.min(RESTART_DELAY_MS * 2 ** Math.max(0, context.failuresInARow - 1), RESTART_DELAY_MAX_MS),
      stable: STABLE_AFTER_MS,
      overdue: STOP_WAIT_MS,
    },
  }).createMachine({
    id: service.name,
    context: { handle: null, restarts: 0, failuresInARow: 0, reason: null, ending: false },
    initial: "starting",
    states: {
      starting: {
        invoke: {
          src: "start",
          input: ({ self }) => ({ fail: (error: unknown) => self.send({ type: "FAILED", error }) }),
          onDone: { target: "running", actions: assign({ handle: ({ event }) => event.output }) },
          onError: {
            target: "backingOff",
            actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
          },
        },
        on: {
          FAILED: {
            target: "clearing",
            actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
          },
          STOPPED: "stopping",
        },
      },
      running: {
        after: { stable: { actions: assign({ failuresInARow: 0, reason: null }) } },
        on: {
          FAILED: {
            target: "clearing",
            actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
          },
          STOPPED: "stopping",
        },
      },
      /** What failed is put away before it is started again. */
      clearing: {
        invoke: {
          src: "stop",
          input: ({ context }) => ({ handle: context.handle }),
          onDone: { target: "cleared", actions: assign({ handle: null }) },
          onError: { target: "cleared", actions: assign({ handle: null }) },
        },
        after: { overdue: { target: "cleared", actions: assign({ handle: null }) } },
        on: { STOPPED: { actions: assign({ ending: true }) } },
      },
      cleared: {
        always: [{ guard: ({ context }) => context.ending, target: "stopped" }, { target: "backingOff" }],
      },
      backingOff: { after: { backOff: "starting" }, on: { STOPPED: "stopped" } },
      stopping: {
        invoke: {
          src: "stop",
          input: ({ context }) => ({ handle: context.handle }),
          onDone: "stopped",
          onError: {
            target: "stopped",
            actions: assign({ reason: ({ event }) => reasonOf(event.error) }),
          },
        },
        after: {
          overdue: {
            target: "stopped",
            actions: assign({ reason: `it did not end within ${STOP_WAIT_MS} ms` }),
          },
        },
      },
      stopped: { type: "final", entry: assign({ handle: null }) },
    },
  });
}

/** A part that throws at once has failed like one that rejects. */
async function begin<Handle>(service: Service<Handle>, context: Fail): Promise<Handle> {
  return await service.start(context);
}

type SupervisedActor<Handle> = Actor<ReturnType<typeof supervisedMachine<Handle>>>;

/** A look at one supervised part, and the handle of what runs. */
export class Supervised<Handle> {
  readonly name: string;
  readonly #actor: SupervisedActor<Handle>;

  constructor(name: string, actor: SupervisedActor<Handle>, onChange: () => void) {
    this.name = name;
    this.#actor = actor;
    let last = "";
    actor.subscribe({
      next: (snapshot) => {
        const now = `${String(snapshot.value)} ${snapshot.context.restarts} ${snapshot.context.reason}`;
        if (now !== last) onChange();
        last = now;
      },
      complete: onChange,
    });
  }

  /** What runs, or null while it does not. */
  get handle(): Handle | null {
    const { value, context } = this.#actor.getSnapshot();
    return value === "running" ? context.handle : null;
  }

  get status(): ServiceStatus {
    const { value, context } = this.#actor.getSnapshot();
    return { name: this.name, state: String(value), restarts: context.restarts, reason: context.reason };
  }

  /** The running part. @throws {UnavailableError} while it is not running */
  require(): Handle {
    const handle = this.handle;
    if (handle !== null) return handle;
    const { state, reason } = this.status;
    throw new UnavailableError(
      `The ${this.name}`,
      reason === null ? `it is ${state}` : `it is ${state} after "${reason}"`,
      "Wait a moment and try again; it is started again by itself.",
      { state, reason },
    );
  }

  /** Tells the part that it has failed, as it would itself. */
  fail(error: unknown): void {
    this.#actor.send({ type: "FAILED", error });
  }

  /** Resolves when it runs. @throws {UnavailableError} when it fails to start */
  async started(): Promise<Handle> {
    const { promise: settled, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (this.status.state !== "starting") resolve();
    };
    const subscription = this.#actor.subscribe({ next: look, complete: resolve });
    look();
    await settled;
    subscription.unsubscribe();
    return this.require();
  }

  /** Stops it for good. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#actor.getSnapshot().status !== "active") return resolve();
      this.#actor.subscribe({ complete: () => resolve() });
      this.#actor.send({ type: "STOPPED" });
    });
  }
}
