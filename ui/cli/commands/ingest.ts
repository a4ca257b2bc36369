/**
 * `telos ingest`: files and folders become memories, in the background, with progress; to be paused and resumed. What
 * was broken off goes on where it was when the same path is asked for again.
 */
import type { Door } from "../../door/mod.ts";
import type { ServerFile } from "../../server/mod.ts";
import { type CommandInput, type Ingest, ingestShare, type IngestView } from "../../protocol.ts";
import { CliError } from "../cli_error.ts";
import type { CliContext, Define } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit_codes.ts";
import { Progress } from "../exchange/progress.ts";
import { CONNECT_POLL_MS, PROBLEMS_SHOWN_MAX } from "../limits.ts";
import { stoppable, type StoppedWords } from "../stoppable.ts";
import { wholePath } from "../whole_path.ts";
import { allHere, counted } from "../words.ts";

const ACTIONS = ["pause", "resume", "cancel"] as const;
const ASKED = { who: "cli" } as const;
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
        if (path === undefined && action !== "resume") {
          const { result } = await door.command({ command: "INGEST_CONTROL", action: action! }, ASKED);
          return shown(context, (result as IngestView).ingest);
        }
        const whole = path === undefined ? null : wholePath(context, path);
        return shown(context, await takenIn({ context, door, server, path: whole }));
      });
    }));
};

function wrongUse(): CliError {
  return new CliError("wrong_use", "Say one thing: a path, --status, --pause, --resume or --cancel", {
    hint: "telos ingest ~/notes takes in all that is below that folder.",
  });
}

interface Taking {
  readonly context: CliContext;
  readonly door: Door;
  readonly server: ServerFile | null;
  /** Null to go on with the one that there is. */
  readonly path: string | null;
}

/** Begins or goes on, and follows it to its end. @throws {CliError} `interrupted` */
async function takenIn({ context, door, server, path }: Taking): Promise<Ingest> {
  let seen: Ingest | null = null;
  const stopped = (): StoppedWords => ({
    message: server === null
      ? `The ingest was stopped${seen === null ? "" : `: ${countsOf(seen)}, and they stay`}`
      : `The ingest is not waited for any more: the server at ${server.url} goes on with it`,
    hint: server === null
      ? "Go on with `telos ingest --resume`."
      : "How far it is: `telos ingest --status`. Pause or end it: `--pause`, `--cancel`.",
  });
  return await stoppable(context, { what: "ingest", stopped }, async (signal) => {
    const begun = await begin({ context, door, server, path });
    return await followed(context, door, { begun, signal, onSeen: (ingest) => void (seen = ingest) });
  });
}

/**
 * One of the same path that was broken off has gone on as the image was opened, and one that runs on a server is
 * followed: neither is begun anew.
 */
async function begin({ context, door, server, path }: Taking): Promise<Ingest> {
  if (path !== null) {
    const { ingest } = await door.ingest();
    const isUnended = isUnderWay(ingest) || ingest?.state === "paused";
    if (!isUnended) return await asked(door, { command: "INGEST", path });
    if (ingest!.path !== path) throw anotherIsThere(ingest!, server);
    context.say(
      server !== null && isUnderWay(ingest)
        ? `It is under way already: ${countsOf(ingest!)}.`
        : `It goes on where it was: ${countsOf(ingest!)}.`,
    );
    if (isUnderWay(ingest)) return ingest!;
  }
  return await asked(door, { command: "INGEST_CONTROL", action: "resume" });
}

async function asked(
  door: Door,
  command: Extract<CommandInput, { command: "INGEST" | "INGEST_CONTROL" }>,
): Promise<Ingest> {
  const { result } = await door.command(command, ASKED);
  return (result as IngestView).ingest!;
}

function anotherIsThere({ path, state }: Ingest, server: ServerFile | null): CliError {
  const how = state === "paused" ? "paused" : server === null ? "broken off on its way" : "under way";
  return new CliError("ingest_busy", `Cannot begin another ingest as that of ${path} is ${how}`, {
    hint:
      "Go on with it with `telos ingest --resume`, or end it with `telos ingest --cancel`: what it took in stays.",
    details: { path, state },
  });
}

interface Following {
  readonly begun: Ingest;
  readonly signal: AbortSignal;
  readonly onSeen: (ingest: Ingest) => void;
}

/** Until it is neither running nor waiting. */
async function followed(
  context: CliContext,
  door: Door,
  { begun, signal, onSeen }: Following,
): Promise<Ingest> {
  const progress = new Progress((line) => context.say(line));
  for (;;) {
    signal.throwIfAborted();
    const { ingest } = await door.ingest();
    // Another has begun since: this one has ended, and nobody keeps how.
    if (ingest === null || ingest.id !== begun.id) return { ...begun, state: "done" };
    if (!isUnderWay(ingest)) return ingest;
    onSeen(ingest);
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

function countsOf({ made, files, known }: Ingest): string {
  return `${counted(made, "memory", "memories")} of ${counted(files, "file")} made, ${known} ${
    known === 1 ? "was" : "were"
  } here already`;
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
  const { path, state, reason, skipped, made, known, problems } = ingest;
  const left = problems === 0
    ? ""
    : ` Left out: ${problems}${skipped === 0 ? "" : `, ${counted(skipped, "file")} among them`}.`;
  const counts = countsOf(ingest);
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
