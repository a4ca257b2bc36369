/** `telos ask`: puts a question to the personas and writes the answer as it comes. Ctrl-C stops it. */
import { requireWords } from "../arguments.ts";
import { followAnswer, showAnswer } from "../ask_door.ts";
import type { Define } from "../context.ts";

export const defineAsk: Define = (program, run) => {
  program.command("ask")
    .description("ask the personas; the answer streams to standard output")
    .argument(
      "<question...>",
      "the question; - reads standard input; @name at its beginning says who answers",
    )
    .option(
      "--persona <name>",
      "who is to answer, once for each of several; default: whom the orchestrator chooses",
      (name: string, earlier: readonly string[]) => [...earlier, name],
      [] as readonly string[],
    )
    .option("--in-turn", "several answer one after the other, not side by side")
    .option("--deliberate", "several are shown one another's words before one answer is made of all")
    .option("--thread <name>", "the conversation that it belongs to")
    .option(
      "--json",
      "print {answer, persona, text, mind, model, reason, memories, position} when it is complete",
    )
    .addHelpText(
      "after",
      '\nExample:\n  telos ask --persona BRICK "What holds this bridge up?"\n' +
        '  telos ask --deliberate "@BRICK @ROBIN Should we move to the country?"',
    )
    .action(run(async (context, words, options) => {
      const question = await context.textOf(words.join(" "));
      requireWords(question, { message: "There is nothing to ask", hint: "Write a question." });
      const personas = options.persona as readonly string[];
      await context.withDoor(async (door) => {
        const answer = await followAnswer(context, door, {
          command: "USER_QUERY_REQUEST",
          query_text: question,
          timestamp: Date.now(),
          ...(personas.length === 0 ? {} : { personas: [...personas] }),
          ...(options.inTurn === true ? { manner: "in_turn" as const } : {}),
          ...(options.deliberate === true ? { deliberate: true } : {}),
          ...(typeof options.thread === "string" ? { thread: options.thread } : {}),
        });
        showAnswer(context, answer);
      });
    }));
};
