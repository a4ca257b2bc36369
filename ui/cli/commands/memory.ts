/** `telos remember` and `telos recall`. */
import type { RecallHit } from "../../protocol.ts";
import type { Define } from "../context.ts";
import { wholeNumber } from "../arguments.ts";

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
    .description("find memories by meaning")
    .argument("<text...>", "what to look for; - reads standard input")
    .option("-k, --count <number>", "how many at most, 1 to 100", wholeNumber("--count", 1, 100), 10)
    .option("--as-of <point>", "as the image was then: at a position, or a time such as 2026-11-27T10:00Z")
    .option("--json", "print an array of {oid, text, score, tier, source, at}")
    .addHelpText("after", '\nExample:\n  telos recall --json "how do I get into the garden house?"')
    .action(run(async (context, words, options) => {
      const q = await context.textOf(words.join(" "));
      const asOf = typeof options.asOf === "string" ? { asOf: options.asOf } : {};
      await context.withDoor(async (door) => {
        context.show(await door.recall({ q, k: Number(options.count), ...asOf }), describeHits);
        const { degraded } = await door.health();
        for (const { part, reason, hint } of degraded) {
          if (part === "embedder") context.say(`${reason}. ${hint}`);
        }
      });
    }));
};

function describeHits(hits: readonly RecallHit[]): string {
  if (hits.length === 0) return "Nothing comes to mind.";
  return hits.map(({ oid, text, score, tier, source }) => {
    const from = source === null ? "" : `  from ${source}`;
    return `${score.toFixed(3)}  ${tier}  ${text.replaceAll(/\s+/g, " ").slice(0, 200)}${from}  [${oid}]`;
  }).join("\n");
}
