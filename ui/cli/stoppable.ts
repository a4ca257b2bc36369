/** Work of this process that Ctrl-C ends in order: what it has half made is removed by whoever makes it. */
import { CliError } from "./cli_error.ts";
import type { CliContext } from "./context.ts";

/** What is said of work that was stopped: what became of it, and how to go on. */
export interface StoppedWords {
  readonly message: string;
  readonly hint: string;
}

export interface StoppableOptions {
  readonly what: string;
  readonly hint?: string;
  /** What to say instead, told at the moment of the stop. */
  readonly stopped?: () => StoppedWords;
}

/** @throws what the work throws; {CliError} `interrupted` once it was stopped */
export async function stoppable<T>(
  context: CliContext,
  { what, hint = "Nothing of it is left.", stopped }: StoppableOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stopping = new AbortController();
  const ignore = context.environment.onInterrupt(() => stopping.abort());
  try {
    return await work(stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    // What breaks off because of it may say so in words of its own.
    const { message, hint: goOn } = stopped?.() ?? { message: `The ${what} was stopped`, hint };
    throw new CliError("interrupted", message, { hint: goOn });
  } finally {
    ignore();
  }
}
