/** `telos usage`: what the personas cost. */
import type { UsageView } from "../../protocol.ts";
import type { Define } from "../context.ts";

export const defineUsage: Define = (program, run) => {
  program.command("usage")
    .description("what the personas cost: tokens, tokens a second, how long one waits")
    .option("--json", "print {personas, answers, more}")
    .addHelpText("after", "\nExample:\n  telos usage")
    .action(run(async (context) => {
      context.show(await context.withDoor((door) => door.usage()), describeUsage);
    }));
};

const COLUMNS = ["persona", "answers", "read", "written", "tokens/s", "first word", "whole"];

function describeUsage({ personas, answers, more }: UsageView): string {
  if (personas.length === 0) return "No model has answered yet.";
  const rows = personas.map((each) => [
    each.persona_name,
    String(each.answers),
    String(each.prompt_tokens),
    String(each.tokens),
    each.tokens_per_second === null ? "-" : each.tokens_per_second.toFixed(1),
    seconds(each.first_token_ms),
    seconds(each.total_ms),
  ]);
  const widths = COLUMNS.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]!.length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, at) => at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)).join("  ");
  const note = more ? [`Over the latest ${answers} answers; there are more.`] : [];
  return [line(COLUMNS), ...rows.map(line), ...note].join("\n");
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
