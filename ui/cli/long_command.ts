/** Commands that take as long as the image is large: they say how far they are, and Ctrl-C stops them. */
import type { Door } from "../door/mod.ts";
import type { CommandInput, CommandResult, WorkView } from "../protocol.ts";
import type { CliContext } from "./context.ts";
import { Progress } from "./exchange/progress.ts";
import { STOP_AGAIN_MS } from "./limits.ts";

type LongCommand = Extract<CommandInput, { command: "FORK" | "MERGE" | "PRUNE" }>;

/** @throws what the command throws; `stopped` once it was stopped */
export async function runLong(context: CliContext, command: LongCommand): Promise<CommandResult> {
  return await context.withDoor(async (door) => {
    const work = crypto.randomUUID();
    const over = new AbortController();
    const telling = tellProgress(context, door, { work, signal: over.signal })
      .catch((error) => context.say(`How far it is cannot be told: ${error.message}`));
    let stopping: Promise<void> | null = null;
    const ignore = context.environment.onInterrupt(() => {
      if (stopping === null) context.say("Stopping …");
      stopping ??= stop(door, work, over.signal);
    });
    try {
      return await door.command({ ...command, work }, { who: "cli" });
    } finally {
      over.abort();
      ignore();
      await Promise.all([telling, stopping]);
    }
  });
}

async function tellProgress(
  context: CliContext,
  door: Door,
  { work, signal }: { readonly work: string; readonly signal: AbortSignal },
): Promise<void> {
  const progress = new Progress((line) => context.say(line));
  for await (const { event } of door.events({ signal })) {
    if (event.command !== "SYSTEM_STATUS_UPDATE") continue;
    const mine = event.health.works?.find((each) => each.work === work);
    if (mine !== undefined) progress.tell(() => describeWork(mine));
  }
}

function describeWork({ what, done, unit }: WorkView): string {
  return `${what}: ${done} ${unit} …`;
}

/** Again until it is under way, as it may not have begun yet, or is over. */
async function stop(door: Door, work: string, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const { result } = await door.command({ command: "STOP_WORK", work }, { who: "cli" });
    if ((result as { readonly stopped: boolean }).stopped) return;
    await new Promise((resolve) => setTimeout(resolve, STOP_AGAIN_MS));
  }
}
