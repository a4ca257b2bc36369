/** `telos ingest`: files and folders become memories, in the background, with progress; to be paused and resumed. */
import { resolve } from "node:path";
import type { Door } from "../../door/mod.ts";
import { type Ingest, ingestShare, type IngestView } from "../../protocol.ts";
import { CliError } from "../cli_error.ts";
import type { CliContext, Define } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit_codes.ts";
import { Progress } from "../exchange/progress.ts";
import { CONNECT_POLL_MS, PROBLEMS_SHOWN_MAX } from "../limits.ts";
import { allHere, counted } from "../words.ts";

const ACTIONS = ["pause", "resume", "cancel"] as const;
const GOES_ON =
  "No server has the image open, so this is how far it had come. It goes on with `telos start`, or here " +
  "with `telos ingest --resume`.";

export const defineIngest: Define = (program, run) => {
  program.command("ingest")
    .description(
      "take in notes, texts, mail and conversations, however many: Markdown, text, mbox, ChatGPT, Claude",
    )
    .argument("[path]", "a file or a folder of the machine on which the image is open")
    .option("--status", "how the one under way is, or how the last one ended")
    .option("--pause", "stop it for now")
    .option("--resume", "go on with it")
    .option("--cancel", "end it; what it took in stays")
    .option("--json", "print the ingest: {path, state, files, skipped, made, known, problems, named, …}")
    .addHelpText(
      "after",
      "\nThe same text is taken in once, wherever it stands and however often it is asked for. With a server running it\n" +
        "goes on there, whatever becomes of this command; a kill at any moment loses nothing and makes nothing twice.\n\n" +
        "Example:\n  telos ingest ~/notes\n  telos ingest ~/Mail/archive.mbox\n  telos ingest --pause",
    )
    .action(run(async (context, [path], options) => {
      const action = ACTIONS.find((each) => options[each] === true);
      const asked = [path !== undefined, options.status === true, action !== undefined];
      if (asked.filter(Boolean).length !== 1 || path === "") throw wrongUse();
      return await context.withConnection(async ({ door, server }) => {
        if (options.status === true) {
          const { ingest } = await door.ingest();
          if (server === null && isUnderWay(ingest)) context.say(GOES_ON);
          return shown(context, ingest);
        }
        const command = path !== undefined
          ? { command: "INGEST" as const, path: resolve(path) }
          : { command: "INGEST_CONTROL" as const, action: action! };
        const { result } = await door.command(command, { who: "cli" });
        const { ingest } = result as IngestView;
        const goesOn = path !== undefined || action === "resume";
        return shown(context, goesOn ? await followed(context, door, ingest!) : ingest);
      });
    }));
};

function wrongUse(): CliError {
  return new CliError("wrong_use", "Say one thing: a path, --status, --pause, --resume or --cancel", {
    hint: "telos ingest ~/notes takes in all that is below that folder.",
  });
}

/** Until it is neither running nor waiting. */
async function followed(context: CliContext, door: Door, begun: Ingest): Promise<Ingest> {
  const progress = new Progress((line) => context.say(line));
  for (;;) {
    const { ingest } = await door.ingest();
    // Another has begun since: this one has ended, and nobody keeps how.
    if (ingest === null || ingest.id !== begun.id) return { ...begun, state: "done" };
    if (!isUnderWay(ingest)) return ingest;
    progress.tell(() => progressLine(ingest));
    await new Promise((resolve) => setTimeout(resolve, CONNECT_POLL_MS));
  }
}

function isUnderWay(ingest: Ingest | null): boolean {
  return ingest?.state === "running" || ingest?.state === "waiting";
}

function progressLine(ingest: Ingest): string {
  const { state, reason, made, known, rate, current, problems } = ingest;
  if (state === "waiting") return `Waiting: ${reason}`;
  const share = ingestShare(ingest);
  return [
    share === null ? "" : `${Math.floor(share * 100)} %, `,
    `${counted(made, "memory", "memories")} made`,
    known === 0 ? "" : `, ${known} here already`,
    problems === 0 ? "" : `, ${problems} left out`,
    rate === null ? "" : `, ${Math.round(rate)} a second`,
    current === null ? "" : `  (${current})`,
  ].join("");
}

function shown(context: CliContext, ingest: Ingest | null): ExitCode {
  for (const { place, reason } of ingest?.named.slice(0, PROBLEMS_SHOWN_MAX) ?? []) {
    context.say(`Left out: ${place}: ${reason}`);
  }
  context.show(ingest, describe);
  return ingest !== null && ingest.reason !== null ? exitCodes.unavailable : exitCodes.done;
}

function describe(ingest: Ingest | null): string {
  if (ingest === null) return "Nothing was taken in so far.";
  const { path, state, reason, files, skipped, made, known, problems } = ingest;
  const left = problems === 0
    ? ""
    : ` Left out: ${problems}${skipped === 0 ? "" : `, ${counted(skipped, "file")} among them`}.`;
  const counts = `${counted(made, "memory", "memories")} of ${counted(files, "file")} made, ${known} ${
    known === 1 ? "was" : "were"
  } here already`;
  switch (state) {
    case "done":
      if (made > 0) return `Took in ${path}: ${counts}.${left}`;
      return known > 0
        ? `Nothing changed: ${allHere(known, path)}.${left}`
        : `There is nothing to take in at ${path}.${left}`;
    case "cancelled":
      return `Cancelled ${path}: ${counts}, and they stay.${left}`;
    case "paused":
      return `Paused ${path}: ${counts} so far.${left}${reason === null ? "" : ` Why: ${reason}.`}` +
        " Go on with `telos ingest --resume`.";
    default:
      return `Taking in ${path}: ${progressLine(ingest)}`;
  }
}
