/** `telos remember` and `telos recall`. */
import { describeIssues, pathsOf } from "../../door/mod.ts";
import {
  oneLine,
  reasonWords,
  type RecallFilter,
  type RecallHit,
  recallQuerySchema,
  type RecallReason,
} from "../../protocol.ts";
import { CliError } from "../cli_error.ts";
import type { Define } from "../context.ts";
import { moment, oneMoreSlot, pointInTime, requireWords, wholeNumber } from "../arguments.ts";

export const defineRemember: Define = (program, run) => {
  program.command("remember")
    .description("keep a text; the very next recall finds it")
    .argument("<text...>", "the text; - reads standard input")
    .option("--source <text>", "where it comes from")
    .option("--thread <name>", "the conversation or document that it belongs to")
    .option("--json", "print {position, result}")
    .addHelpText("after", '\nExample:\n  telos remember "The blue key opens the shed" --source note')
    .action(run(async (context, words, options) => {
      const text = await context.textOf(words.join(" "));
      requireWords(text, {
        message: "There is nothing to remember",
        hint: "Write what is to be remembered.",
      });
      const answer = await context.command({
        command: "REMEMBER",
        text,
        ...(typeof options.source === "string" ? { source: options.source } : {}),
        ...(typeof options.thread === "string" ? { thread: options.thread } : {}),
      });
      context.show(
        answer,
        ({ result }) => `Remembered as ${(result as { oid?: string }).oid ?? "a memory"}.`,
      );
    }));
};

export const defineRecall: Define = (program, run) => {
  program.command("recall")
    .description("find memories by meaning, by words, and by what stands beside them")
    .argument("<text...>", "what to look for; - reads standard input")
    .option("-k, --count <number>", "how many at most, 1 to 100", wholeNumber("--count", 1, 100), 10)
    .option(
      "--as-of <point>",
      "as the image was then: at a position, or a time such as 2026-11-27T10:00Z",
      pointInTime("--as-of"),
    )
    .option("--why", "say of each memory why it was found")
    .option("--since <time>", "only memories from then on, such as 2026-11-27", moment("--since"))
    .option("--until <time>", "only memories before then", moment("--until"))
    .option("--source <text>", "only memories from there")
    .option("--kind <word>", "only memory, exchange, concept, or what the slot kind says")
    .option("--thread <name>", "only memories of that thread")
    .option("--slot <name=value>", "only memories with that slot; may be given again", oneMoreSlot)
    .option(
      "--json",
      "print an array of {oid, text, score, tier, source, at, cosine, bm25, channels, reasons}",
    )
    .addHelpText(
      "after",
      '\nExample:\n  telos recall --why "how do I get into the garden house?"' +
        '\n  telos recall --since 2026-01-01 --source diary --json "the harbour"',
    )
    .action(run(async (context, words, options) => {
      const q = await context.textOf(words.join(" "));
      requireWords(q, {
        message: "There is nothing to look for",
        hint: "Say in any words what the memory is about.",
      });
      const asOf = typeof options.asOf === "string" ? { asOf: options.asOf } : {};
      const filter = filterIn(options);
      requireRecall({
        q,
        ...filter,
        slots: filter?.slots === undefined ? undefined : JSON.stringify(filter.slots),
      });
      await context.withDoor(async (door) => {
        const question = { q, k: Number(options.count), ...asOf, ...(filter === null ? {} : { filter }) };
        const describe = options.why === true ? describeReasons : describeHits;
        context.show(await door.recall(question), describe);
        const { degraded } = await door.health();
        for (const { part, reason, hint } of degraded) {
          if (part === "embedder" || part === "lexical") context.say(`${reason}. ${hint}`);
        }
      });
    }));
};

/** The bounds that a server has, without one too. @throws {CliError} `wrong_use` */
function requireRecall(query: unknown): void {
  const parsed = recallQuerySchema.safeParse(query, { reportInput: true });
  if (parsed.success) return;
  throw new CliError("wrong_use", `Cannot look for this: ${describeIssues(parsed.error)}`, {
    hint: "Correct what is named and run the command again.",
    details: { paths: pathsOf(parsed.error) },
  });
}

function describeHits(hits: readonly RecallHit[]): string {
  if (hits.length === 0) return "Nothing comes to mind.";
  return hits.map(({ oid, text, score, tier, source }) => {
    const from = source === null ? "" : `  from ${source}`;
    return `${score.toFixed(3)}  ${tier}  ${oneLine(text, 200)}${from}  [${oid}]`;
  }).join("\n");
}

function describeReasons(hits: readonly RecallHit[]): string {
  if (hits.length === 0) return describeHits(hits);
  return hits.map((hit) => {
    const found = `found by ${hit.channels?.join(" and ") || "an older version"} in ${hit.tier}`;
    const reasons = (hit.reasons ?? []).map((reason) => `         ${reasonInWords(reason)}`);
    return [describeHits([hit]), `         ${found}`, ...reasons].join("\n");
  }).join("\n\n");
}

function reasonInWords({ name, value, weight, points }: RecallReason): string {
  return `${points.toFixed(3)} as ${reasonWords[name]} (${value.toFixed(2)}, weight ${weight.toFixed(2)})`;
}

/** Null when nothing is asked of the memories. */
function filterIn(options: Readonly<Record<string, unknown>>): RecallFilter | null {
  const names = ["since", "until", "source", "kind", "thread"] as const;
  const given = names.flatMap((name) => options[name] === undefined ? [] : [[name, options[name]] as const]);
  const slots = options.slot === undefined ? [] : [["slots", options.slot] as const];
  const all = [...given, ...slots];
  return all.length === 0 ? null : Object.fromEntries(all) as RecallFilter;
}
