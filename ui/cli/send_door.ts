/**
 * Sends a message through a door. One that nobody understands has a method made first, which takes minutes where a
 * model writes it: how far that is is said meanwhile, and Ctrl-C gives it up.
 */
import type { Connection } from "./connect.ts";
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
import { FAULT_SHOWN_MAX, STAGE_SAID_AGAIN_MS, STAGE_UNSAID_MS } from "./limits.ts";

type Send = Extract<CommandInput, { command: "SEND" }>;
type Stage = Extract<StreamEvent, { command: "KERNEL_STAGE" }>;

export interface SendOptions {
  readonly sayAgainMs?: number;
  readonly unsaidMs?: number;
}

/** @throws what the command throws; {CliError} `interrupted` */
export async function sendWatched(
  context: CliContext,
  { door, server }: Connection,
  command: Send,
  options: SendOptions = {},
): Promise<CommandResult> {
  const over = new AbortController();
  const given = new AbortController();
  const teller = new StageTeller(
    (line) => context.say(line),
    { sayAgainMs: STAGE_SAID_AGAIN_MS, unsaidMs: STAGE_UNSAID_MS, ...options },
  );
  const watching = watch(door, command, over.signal, (stage) => teller.tell(stage))
    .catch((error) => context.say(`How far it is cannot be told: ${error.message}`));
  let stopping: Promise<unknown> | null = null;
  const ignore = context.environment.onInterrupt(() => {
    const { making } = teller;
    if (making === null) return given.abort(interrupted(server === null));
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
    teller.close();
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

/** Says each stage as it begins, but for those of a method that is there at once, and how long one has been. */
class StageTeller {
  readonly #say: (line: string) => void;
  readonly #options: Required<SendOptions>;
  #first: ReturnType<typeof setTimeout> | undefined;
  #again: ReturnType<typeof setInterval> | undefined;
  #isIntroduced = false;
  /** The method that is being made; null while there is none. */
  making: string | null = null;

  constructor(say: (line: string) => void, options: Required<SendOptions>) {
    this.#say = say;
    this.#options = options;
  }

  tell(stage: Stage): void {
    this.close();
    this.making = stage.stage === "done" || stage.stage === "failed" ? null : stage.generation;
    if (this.making === null) return;
    const { sayAgainMs, unsaidMs } = this.#options;
    const begun = Date.now() - stage.ms;
    this.#first = setTimeout(() => this.#begin(stage, begun), Math.max(0, unsaidMs - stage.ms));
    this.#again = setInterval(() => this.#say(`… ${described(stage, begun)}`), sayAgainMs);
  }

  close(): void {
    clearTimeout(this.#first);
    clearInterval(this.#again);
  }

  #begin(stage: Stage, begun: number): void {
    const fault = stage.fault === undefined
      ? ""
      : `. The try before: ${oneLine(stage.fault, FAULT_SHOWN_MAX)}`;
    const introduction = this.#isIntroduced
      ? "…"
      : `Nobody understands ${stage.selector} yet, so a method is made for it:`;
    this.#say(`${introduction} ${described(stage, begun)}${fault}`);
    this.#isIntroduced = true;
  }
}

function described(stage: Stage, begun: number): string {
  return `${stageInWords(stage)} (${Math.round((Date.now() - begun) / 1_000)} s)`;
}

function interrupted(isHere: boolean): CliError {
  return isHere
    ? new CliError("interrupted", "The message was given up, and its answer is not waited for any more", {
      hint:
        "What it had not brought to its end is not kept; telos history shows whether it changed anything.",
    })
    : new CliError("interrupted", "The message was sent, and its answer is not waited for any more", {
      hint: "The server carries it out all the same: telos history shows what it changed.",
    });
}
