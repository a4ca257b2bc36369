/** How many threads the embedding model may run on. */
import { embedThreadsMax } from "../limits.ts";

/**
 * A quarter of the processor's cores: a second thread makes the vector of a question in 0.6 of the time where a core is
 * free for it, and in more time than one alone where none is (measured on two cores, at rest and beside a search).
 */
export function embedThreads(cores: number): number {
  return Math.max(1, Math.min(embedThreadsMax, Math.floor(cores / 4)));
}
