/** What long work is given: when it is to stop, and whom it tells how far it is. */
export interface Job {
  /** Aborts with the error that the work is to end with. */
  readonly signal: AbortSignal;
  /** Called often, and cheap: with what is done so far, in the work's own unit. */
  readonly progress: (done: number) => void;
}

/** For work that nobody watches or stops. */
export const unwatched: Job = { signal: new AbortController().signal, progress: () => {} };
