/** `telos curate`: gathers memories into concepts and masks what says nothing new, and tells what was done and why. */
import type { Door } from "../../door/mod.ts";
import type { CurationReport, CurationView } from "../../protocol.ts";
import { CliError } from "../cli_error.ts";
import type { CliContext, Define } from "../context.ts";
import { exitCodes } from "../exit_codes.ts";
import { CURATION_POLL_MS, CURATION_POLLS_MAX } from "../limits.ts";
import { ageInWords, counted, timeInWords } from "../words.ts";

export const defineCurate: Define = (program, run) => {
  program.command("curate")
    .description("gather memories into concepts, mask duplicates and junk; each step can be undone")
    .option("--status", "how curation is and what the last run did, without a run")
    .option("--stop", "end the run under way")
    .option("--json", "print the report, or with --status what GET /api/curation answers")
    .addHelpText(
      "after",
      "\nIt goes on by itself while nobody is here: see the slots of the object curator." +
        "\n\nExample:\n  telos curate\n  telos undo POSITION",
    )
    .action(run(async (context, _arguments, options) =>
      await context.withDoor(async (door) => {
        if (options.status === true) {
          return void context.show(await known(door), (view) => describeView(view, Date.now()));
        }
        if (options.stop === true) {
          const { result } = await door.command({ command: "CURATE", stop: true }, { who: "cli" });
          const { stopped } = result as { stopped: boolean };
          return void context.show({ stopped }, () => stopped ? "Stopped." : "Nothing was under way.");
        }
        const report = await runToEnd(context, door);
        context.show(report, (each) => describeReport(each));
        return report.outcome === "failed" ? exitCodes.failed : exitCodes.done;
      })
    ));
};

/** Asks for a run and waits until it has ended, telling on the way how far it is. */
async function runToEnd(context: CliContext, door: Door): Promise<CurationReport> {
  await known(door);
  const { run } = (await door.command({ command: "CURATE" }, { who: "cli" })).result as { run: number };
  for (let said = "";;) {
    const { ended, running } = await door.curation();
    const mine = ended.find((each) => each.run === run);
    if (mine !== undefined) return mine.report;
    const line = running === null ? "waiting…" : `${running.stage}…`;
    if (line !== said) context.say(line);
    said = line;
    await new Promise((resolve) => setTimeout(resolve, CURATION_POLL_MS));
  }
}

/** The view once the curator is there; an image that was opened just now takes a moment. */
async function known(door: Door): Promise<CurationView> {
  for (let tries = 0; tries < CURATION_POLLS_MAX; tries++) {
    const view = await viewOf(door);
    if (view !== null && view.state !== "starting") return view;
    await new Promise((resolve) => setTimeout(resolve, CURATION_POLL_MS));
  }
  throw new CliError("unavailable", "The curator does not start", { hint: "telos health says why." });
}

async function viewOf(door: Door): Promise<CurationView | null> {
  try {
    return await door.curation();
  } catch (error) {
    if ((error as { retryable?: unknown }).retryable === true) return null;
    throw error;
  }
}

const COUNTS: readonly (readonly [keyof CurationReport["counts"], (count: number) => string])[] = [
  ["created", (count) => `${counted(count, "concept")} made`],
  ["grown", (count) => `${counted(count, "concept")} grown`],
  ["merged", (count) => `${counted(count, "concept")} merged`],
  ["split", (count) => `${counted(count, "concept")} split`],
  ["duplicates", (count) => `${counted(count, "duplicate")} masked`],
  ["junk", (count) => `${counted(count, "memory", "memories")} masked as junk`],
  ["unmasked", (count) => `${counted(count, "memory", "memories")} shown again`],
  ["left", (count) => `${count} left for the next run`],
];

function describeReport(report: CurationReport): string {
  const { looked, tookMs, outcome, reason, counts, defined, entries, more } = report;
  const did = COUNTS.filter(([name]) => counts[name] > 0).map(([name, inWords]) => inWords(counts[name]));
  const lines = [
    `${outcome}: looked at ${counted(looked.memories, "memory", "memories")} and ${
      counted(looked.concepts, "concept")
    } in ` +
    `${(tookMs / 1_000).toFixed(1)} s${looked.older ? "; older memories were not looked at" : ""}`,
    did.length === 0 ? "nothing to do" : did.join(", "),
  ];
  if (defined.minds > 0) {
    lines.push(`${defined.minds} defined by a mind, about ${counted(defined.tokens, "token")}`);
  }
  if (reason !== null) lines.push(`${outcome === "done" ? "without a mind" : "why"}: ${reason}`);
  for (const entry of entries) {
    lines.push(`  ${entry.did.padEnd(8)} ${entry.text}`, `           ${entry.why}`);
    if (entry.position !== null) lines.push(`           telos undo ${entry.position}`);
  }
  if (more > 0) lines.push(`  and ${more} more; telos history has them all`);
  return lines.join("\n");
}

function describeView(view: CurationView, now: number): string {
  const { state, next, report, concepts, problems, running } = view;
  const lines = [
    running === null ? state : `${state}: ${running.stage} ${running.done} of ${running.total}`,
    `  next     ${next === null ? "when something is new" : timeInWords(next)}`,
    `  concepts ${concepts.length}`,
  ];
  for (const problem of problems) lines.push(`  degraded: ${problem}`);
  if (report === null) return [...lines, "  There was no run yet."].join("\n");
  return [...lines, "", `Last run, ${ageInWords(now - report.at)} ago`, describeReport(report)].join("\n");
}
