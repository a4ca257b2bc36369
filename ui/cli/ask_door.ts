/** Asks through a door and writes the answer as it comes; Ctrl-C stops it. */
import { type CommandInput, oneLine } from "../protocol.ts";
import type { Door } from "../door/mod.ts";
import { AnswerFollower, type FinishedAnswer, RECALL_MIND } from "./answer_follower.ts";
import { CliError } from "./cli_error.ts";
import type { CliContext } from "./context.ts";
import { printable } from "./printable.ts";
import { CANCEL_MS_MAX, STREAM_OPEN_MS_MAX } from "./limits.ts";

type Asking = Extract<CommandInput, { command: "USER_QUERY_REQUEST" | "REPLAY" }>;

/** The whole answer. @throws {CliError} `interrupted`, `answer_aborted`, `unavailable`; what the command is refused with */
export async function followAnswer(
  context: CliContext,
  door: Door,
  command: Asking,
): Promise<FinishedAnswer> {
  const following = new AbortController();
  let written = false;
  const follower = new AnswerFollower({
    write: context.json ? () => {} : (text) => {
      written = true;
      context.environment.stdout(printable(text));
    },
    onVoice: context.json
      ? () => {}
      : ({ persona_name, text }) => context.say(`${persona_name}: ${text.trim()}\n`),
  });
  const opened = Promise.withResolvers<void>();
  // From before the question, so that a stream that is joined late still brings the end of a quick answer.
  const after = (await door.health()).image.position ?? undefined;
  const reading = read(door, follower, {
    signal: following.signal,
    onOpen: opened.resolve,
    ...(after === undefined ? {} : { after }),
  });
  let answer: string | undefined;
  let interrupted = false;
  let late: ReturnType<typeof setTimeout> | undefined;
  const interrupt = () => {
    if (interrupted) return;
    interrupted = true;
    const stopped = () =>
      follower.fail(
        new CliError("interrupted", "The answer was stopped", { hint: "Nothing of it was kept." }),
      );
    if (answer === undefined) return stopped();
    door.command({ command: "CANCEL", answer }, { who: "cli" }).catch((error) => follower.fail(error));
    late = setTimeout(stopped, CANCEL_MS_MAX);
  };
  const ignore = context.environment.onInterrupt(interrupt);
  try {
    await joined(opened.promise, follower.finished);
    const asked = await Promise.race([
      door.command(command, { who: "cli" }),
      follower.finished.then(() => Promise.reject(new Error("an answer without a question"))),
    ]);
    answer = (asked.result as { answer: string }).answer;
    follower.begin(answer);
    return await follower.finished;
  } catch (error) {
    // What is said of it does not stand in the line of what was written of the answer.
    if (written) context.print("");
    throw error;
  } finally {
    ignore();
    clearTimeout(late);
    following.abort();
    await reading;
  }
}

/** Reads until told to stop; whatever ends the stream before is the answer's failure. */
async function read(
  door: Door,
  follower: AnswerFollower,
  options: Parameters<Door["events"]>[0] & { readonly signal: AbortSignal },
): Promise<void> {
  try {
    for await (const { event } of door.events(options)) follower.take(event);
    if (options.signal.aborted) return;
    follower.fail(
      new CliError("unavailable", "The stream ended before the answer did", {
        hint: "`telos history` shows whether the answer was kept.",
      }),
    );
  } catch (error) {
    follower.fail(error);
  }
}

async function joined(opened: Promise<void>, failed: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, STREAM_OPEN_MS_MAX));
  await Promise.race([opened, failed, late]).finally(() => clearTimeout(timer));
}

/** What is told when it is whole. */
export function showAnswer(context: CliContext, answer: FinishedAnswer): void {
  if (context.json) return context.print(JSON.stringify(answer));
  context.print("");
  context.say(howItCame(answer));
  if (answer.memories.length === 0) return context.say("No memories were used.");
  context.say(`Memories used by ${answer.persona} (${answer.mind}):`);
  for (const { oid, score, text } of answer.memories) {
    context.say(`  ${score.toFixed(2)}  ${oneLine(text, 90)}  [${oid}]`);
  }
}

/** Who answered with which model, why, and what was amiss; nobody should take quoted memory for a model's words. */
function howItCame({ persona, mind, model, reason }: FinishedAnswer): string {
  return [
    `Answered by ${persona} (${model === null ? mind : `${mind}, ${model}`}).`,
    ...(mind === RECALL_MIND ? ["No model answered, memory is quoted: telos health says why."] : []),
    ...(reason === "" ? [] : [`Why: ${reason}.`]),
  ].join(" ");
}
