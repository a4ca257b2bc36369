/**
 * Sends a message through a door. One that nobody understands has a method made first, which takes minutes where a
 * model writes it: how far that is is said meanwhile, and Ctrl-C gives it up.
 */
import type { Door } from "../door/mod.ts";
import {
  type CommandInput,
  type CommandResult,
  oneLine,
  stageInWords,
  type StreamEvent,
} from "../protocol.ts";
import { CliError } from "./cli_error.ts";
import type { CliContext } from "./context.ts";
import { FAULT_SHOWN_MAX } from "./limits.ts";

type Send = Extract<CommandInput, { command: "SEND" }>;
type Stage = Extract<StreamEvent, { command: "KERNEL_STAGE" }>;

/** @throws what the command throws; {CliError} `interrupted` */
export async function sendWatched(context: CliContext, door: Door, command: Send): Promise<CommandResult> {
  const over = new AbortController();
  const given = new AbortController();
  let making: string | null = null;
  const watching = watch(door, command, over.signal, (stage) => {
    making = stage.stage === "done" || stage.stage === "failed" ? null : stage.generation;
    if (making !== null) context.say(describeStage(stage));
  }).catch((error) => context.say(`How far it is cannot be told: ${error.message}`));
  let stopping: Promise<unknown> | null = null;
  const ignore = context.environment.onInterrupt(() => {
    if (making === null) return given.abort(interrupted());
    context.say("Stopping …");
    stopping ??= door.command({ command: "STOP_GENERATION", generation: making }, { who: "cli" })
      .catch((error) => context.say(error.message));
  });
  try {
    return await door.command(command, { who: "cli", signal: given.signal });
  } catch (error) {
    throw given.signal.aborted ? given.signal.reason : error;
  } finally {
    over.abort();
    ignore();
    await Promise.all([watching, stopping]);
  }
}

/** Tells each stage of a method that is made for this message; others may be made at the same time. */
async function watch(
  door: Door,
  { receiver, selector }: Send,
  signal: AbortSignal,
  tell: (stage: Stage) => void,
): Promise<void> {
  let names: readonly (string | null)[] | null = null;
  for await (const { event } of door.events({ signal })) {
    if (event.command !== "KERNEL_STAGE" || event.selector !== selector) continue;
    if (names === null) {
      const { oid, name } = await door.object(receiver);
      names = [oid, name];
    }
    if (names.includes(event.receiver)) tell(event);
  }
}

function describeStage(stage: Stage): string {
  const fault = stage.fault === undefined ? "" : ` The try before: ${oneLine(stage.fault, FAULT_SHOWN_MAX)}`;
  const seconds = Math.round(stage.ms / 1_000);
  return `Nobody understands ${stage.selector} yet: a method is ${
    stageInWords(stage)
  } (${seconds} s).${fault}`;
}

function interrupted(): CliError {
  return new CliError("interrupted", "The message was sent, and its answer is not waited for any more", {
    hint: "A server carries it out all the same: telos history shows what it changed.",
  });
}
