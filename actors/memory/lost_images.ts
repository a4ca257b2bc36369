/** What the log does not say any more. */
import type { LogEntry } from "../../kv/mod.ts";

/** Whether before-images of a thought may be gone, by pruning or forgetting: null does not say that nothing was there. */
export function hasLostImages({ pruned, kind }: LogEntry): boolean {
  return pruned === true || kind === "forget";
}
