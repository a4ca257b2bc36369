/** Putting right what can be: each problem by itself, and each looked at once more before anything is written. */
import type { Key } from "../keys.ts";
import type { ThoughtInfo } from "../record.ts";
import type { Thought } from "../thought.ts";
import type { Inspection } from "./inspection.ts";

/** How a repair writes: what callers keep goes through a thought, like any change of theirs. */
export interface CommitPort {
  commit(
    info: ThoughtInfo,
    apply: (thought: Thought) => Promise<boolean>,
  ): Promise<{ readonly value: boolean }>;
}

const WHO = "verify";

/** Removes an index entry in a thought, if `stands` still says so. */
export async function removeEntry(
  port: CommitPort,
  key: Key,
  stands: (thought: Thought) => Promise<boolean>,
): Promise<string | null> {
  const { value } = await port.commit(
    { who: WHO, why: "remove what leads nowhere", kind: "repair" },
    async (thought) => {
      if (!(await stands(thought))) return false;
      thought.delete(key);
      return true;
    },
  );
  return value ? "removed it" : null;
}

/** Writes an index entry in a thought, if `stands` still says so. */
export async function writeEntry(
  port: CommitPort,
  key: Key,
  value: unknown,
  stands: (thought: Thought) => Promise<boolean>,
): Promise<string | null> {
  const outcome = await port.commit(
    { who: WHO, why: "write an index anew", kind: "repair" },
    async (thought) => {
      if (!(await stands(thought))) return false;
      thought.set(key, value);
      return true;
    },
  );
  return outcome.value ? "wrote it anew" : null;
}

/** Runs what was found to be repairable, and takes it from the problems. */
export async function repairAll(inspection: Inspection, port: CommitPort): Promise<void> {
  inspection.begin("repair");
  for (const { problem, run } of inspection.repairs) {
    inspection.signal?.throwIfAborted();
    const did = await run(port);
    inspection.settle(problem, did);
  }
}
