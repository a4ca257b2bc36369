/** `telos threads`, `prompt` and `replay`: the conversations of the image, and how their answers came to be. */
import { Option } from "commander";
import type { Door } from "../../door/mod.ts";
import {
  type ConversationView,
  defaultThread,
  type ExportFormat,
  exportFormatSchema,
  oneLine,
  type PromptsView,
  threadResultSchema,
  type ThreadsView,
  type ThreadView,
} from "../../protocol.ts";
import { followAnswer, showAnswer } from "../ask_door.ts";
import { CliError } from "../cli_error.ts";
import type { Define } from "../context.ts";
import { timeInWords } from "../words.ts";

/** Of a question in a list, in characters. */
const QUESTION_SHOWN_MAX = 60;
/** Threads that are named where one is not found. */
const THREADS_NAMED_MAX = 5;

export const defineThreads: Define = (program, run) => {
  const threads = program.command("threads")
    .description("the conversations of the image: a list, or one of them branched, renamed, exported")
    .option("--json", "print {threads, more}")
    .addHelpText(
      "after",
      "\nExample:\n  telos threads\n  telos threads show main\n  telos threads branch 019a… --name other\n" +
        "  telos threads export main --format json > main.json",
    )
    .action(run(async (context) => {
      context.show(await context.withDoor((door) => door.threads()), describeThreads);
    }));
  threads.command("show")
    .description("what was said in a thread, with the oid of each exchange")
    .argument("<thread>", "its name or oid")
    .option("--json", "print {thread, exchanges}")
    .action(run(async (context, [thread]) => {
      const view = await context.withDoor((door) => conversationOf(door, thread!));
      context.show(
        view,
        ({ exchanges }) =>
          exchanges.length === 0
            ? "Nothing was said in it."
            : exchanges.map(({ oid, query_text, persona_name, full_text }) =>
              `[${oid}]\n> ${query_text}\n${persona_name}: ${full_text}\n`
            ).join("\n"),
      );
    }));
  threads.command("branch")
    .description("a new thread that goes on after an exchange")
    .argument("<exchange>", "the oid of a turn, as `telos threads show` prints it")
    .option("--name <thread>", "the name of the new thread; default: that of the old one with a number")
    .option("--json", "print {thread, oid}")
    .action(run(async (context, [exchange], { name }) => {
      const command = {
        command: "BRANCH_THREAD",
        exchange: exchange!,
        ...(typeof name === "string" ? { name } : {}),
      } as const;
      context.show(
        threadResultSchema.parse((await context.command(command)).result),
        ({ thread }) => `Branched. Go on with: telos ask --thread ${JSON.stringify(thread)} …`,
      );
    }));
  threads.command("rename")
    .description("give a thread another name")
    .argument("<thread>", "its name or oid")
    .argument("<name>", "the new name")
    .option("--json", "print {thread, oid}")
    .action(run(async (context, [thread, name]) => {
      const { result } = await context.command({ command: "RENAME_THREAD", thread: thread!, name: name! });
      context.show(threadResultSchema.parse(result), (renamed) => `It is called ${renamed.thread} now.`);
    }));
  threads.command("export")
    .description("a thread as a document, on standard output")
    .argument("<thread>", "its name or oid")
    .addOption(
      new Option("--format <format>", "for people or for programs").choices(exportFormatSchema.options)
        .default("markdown"),
    )
    .action(run(async (context, [thread], { format }) => {
      context.environment.stdout(
        await context.withDoor((door) => door.exportThread(thread!, format as ExportFormat)),
      );
    }));
};

/** A thread in which nothing was said reads as one that is not there: which of them it is, the list tells. */
async function conversationOf(door: Door, given: string): Promise<ConversationView> {
  const view = await door.conversation(given, { limit: 1_000 });
  if (view.exchanges.length > 0 || view.thread === defaultThread) return view;
  const names = (await door.threads()).threads.map(({ thread }) => thread);
  if (names.includes(view.thread)) return view;
  throw new CliError("not_found", `There is no thread "${given.slice(0, 200)}"`, {
    hint: names.length === 0
      ? "Nothing was said yet. Begin with: telos ask …"
      : `There ${names.length === 1 ? "is" : "are"} ${names.slice(0, THREADS_NAMED_MAX).join(", ")}${
        names.length > THREADS_NAMED_MAX ? " and others, which telos threads lists" : ""
      }.`,
    details: { name: given.slice(0, 200), what: "thread" },
  });
}

export const definePrompt: Define = (program, run) => {
  program.command("prompt")
    .description("exactly what models were sent for an answer")
    .argument("<exchange>", "the oid of a turn, as `telos threads show` prints it")
    .option("--json", "print {exchange, prompts}")
    .addHelpText("after", "\nExample:\n  telos prompt 019a2b3c-…")
    .action(run(async (context, [exchange]) => {
      context.show(await context.withDoor((door) => door.prompts(exchange!)), describePrompts);
    }));
};

export const defineReplay: Define = (program, run) => {
  program.command("replay")
    .description(
      "ask the prompt of an answer again; the second answer is kept beside the first. Ctrl-C stops it",
    )
    .argument("<exchange>", "the oid of a turn, as `telos threads show` prints it")
    .option(
      "--json",
      "print {answer, persona, text, mind, model, reason, memories, position} when it is complete",
    )
    .addHelpText("after", "\nExample:\n  telos replay 019a2b3c-…")
    .action(run(async (context, [exchange]) => {
      await context.withDoor(async (door) =>
        showAnswer(context, await followAnswer(context, door, { command: "REPLAY", exchange: exchange! }))
      );
    }));
};

function describeThreads({ threads, more }: ThreadsView): string {
  if (threads.length === 0) return "Nothing was said yet. Begin with: telos ask …";
  return [...threads.map(describeThread), ...(more ? ["Older ones are not listed."] : [])].join("\n");
}

function describeThread({ thread, turns, last, created_at, branch }: ThreadView): string {
  const when = timeInWords(last?.at ?? created_at);
  const from = branch === null ? "" : `  (from ${branch.thread ?? "a thread that is gone"})`;
  const about = last === null ? "" : `  ${oneLine(last.query_text, QUESTION_SHOWN_MAX)}`;
  return `${thread}${from}  ${turns}${turns >= 100 ? "+" : ""} ${
    turns === 1 ? "turn" : "turns"
  }  ${when}${about}`;
}

function describePrompts({ prompts }: PromptsView): string {
  return prompts.map(({ persona_name, task, prompt }) => {
    if (prompt === null) return `${persona_name} (${task}) had no model and was sent nothing.`;
    const { model, tokens, options, messages } = prompt;
    const head = `${persona_name} (${task}), ${model}, about ${tokens} tokens, ${JSON.stringify(options)}`;
    return [head, ...messages.map(({ role, content }) => `--- ${role}\n${content}`)].join("\n");
  }).join("\n\n");
}
