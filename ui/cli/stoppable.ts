/** Work of this process that Ctrl-C ends in order: what it has half made is removed by whoever makes it. */
import { CliError } from "./cli_error.ts";
import type { CliContext } from "./context.ts";

/** @throws what the work throws; {CliError} `interrupted` once it was stopped */
export async function stoppable<T>(
  context: CliContext,
  { what, hint = "Nothing of it is left." }: { readonly what: string; readonly hint?: string },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stopping = new AbortController();
  const ignore = context.environment.onInterrupt(() =>
    stopping.abort(new CliError("interrupted", `The ${what} was stopped`, { hint }))
  );
  try {
    return await work(stopping.signal);
  } catch (error) {
    // What breaks off because of it may say so in words of its own.
    throw stopping.signal.aborted ? stopping.signal.reason : error;
  } finally {
    ignore();
  }
}
