/** `telos ask`: puts a question to the personas and writes the answer as it comes. Ctrl-C stops it. */
import type { Door } from "../../door/mod.ts";
import { CliError } from "../cli_error.ts";
import type { CliContext, Define } from "../context.ts";
import { AnswerFollower, type FinishedAnswer } from "../answer_follower.ts";
import { CANCEL_MS_MAX, STREAM_OPEN_MS_MAX } from "../limits.ts";

export const defineAsk: Define = (program, run) => {
  program.command("ask")
    .description("ask the personas; the answer streams to standard output")
    .argument("<question...>", "the question; - reads standard input")
    .option("--persona <name>", "who is to answer; default: whom the orchestrator chooses")
    .option("--thread <name>", "the conversation that it belongs to")
    .option("--json", "print {answer, persona, text, mind, memories, position} when it is complete")
    .addHelpText("after", '\nExample:\n  telos ask --persona BRICK "What holds this bridge up?"')
    .action(run(async (context, words, options) => {
      const question = await context.textOf(words.join(" "));
      await context.withDoor((door) => ask(context, door, question, options));
    }));
};

async function ask(
  context: CliContext,
  door: Door,
  question: string,
  options: Record<string, unknown>,
): Promise<void> {
  const following = new AbortController();
  const follower = new AnswerFollower(context.json ? () => {} : (text) => context.environment.stdout(text));
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
      door.command({
        command: "USER_QUERY_REQUEST",
        query_text: question,
        timestamp: Date.now(),
        ...(typeof options.persona === "string" ? { persona: options.persona } : {}),
        ...(typeof options.thread === "string" ? { thread: options.thread } : {}),
      }, { who: "cli" }),
      follower.finished.then(() => Promise.reject(new Error("an answer without a question"))),
    ]);
    answer = (asked.result as { answer: string }).answer;
    follower.begin(answer);
    show(context, await follower.finished);
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

function show(context: CliContext, answer: FinishedAnswer): void {
  if (context.json) return context.print(JSON.stringify(answer));
  context.print("");
  if (answer.memories.length === 0) return context.say("No memories were used.");
  context.say(`Memories used by ${answer.persona} (${answer.mind}):`);
  for (const { oid, score, text } of answer.memories) {
    context.say(`  ${score.toFixed(2)}  ${text.replaceAll(/\s+/g, " ").slice(0, 90)}  [${oid}]`);
  }
}
