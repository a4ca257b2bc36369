/** `telos backup`: making backups of an image, while a server runs and without one, and seeing how they are. */
import type { BackupsView } from "../../protocol.ts";
import type { Door } from "../../door/mod.ts";
import { makeKeyFile } from "../backup_key.ts";
import { CliError } from "../cli_error.ts";
import type { CliContext, Define } from "../context.ts";
import { exitCodes } from "../exit_codes.ts";
import { BACKUP_POLL_MS, BACKUP_SAY_MS } from "../limits.ts";
import { stoppable } from "../stoppable.ts";
import { ageInWords, bytesInWords, counted, timeInWords } from "../words.ts";

type Ended = BackupsView["ended"][number];

export const defineBackup: Define = (program, run) => {
  program.command("backup")
    .description("back up the image: what has changed since the last backup, or all of it")
    .option("--full", "a full backup, the first of a new chain")
    .option("--drill", "restore the newest backup into a scratch place, verify it, ask it, remove it")
    .option("--status", "how backups are, without making one")
    .option("--new-key <file>", "make a key for encrypted backups; keep it apart from them")
    .option("--json", "print how it went, or with --status what GET /api/backups answers")
    .addHelpText(
      "after",
      "\nExample:\n  telos backup\n  telos backup --new-key ~/telos.key\n  TELOS_BACKUP_KEY=~/telos.key telos backup --full",
    )
    .action(run(async (context, _args, options) => {
      if (typeof options.newKey === "string") {
        const made = await makeKeyFile(options.newKey);
        context.show(
          made,
          ({ file, keyId }) =>
            `The key ${keyId} is in ${file}. Without it, what it encrypts cannot be read: keep a copy elsewhere.`,
        );
        return;
      }
      return await context.withConnection(async ({ door, server }) => {
        if (options.status === true) {
          return void context.show(await known(door), (view) => describeBackups(view, Date.now()));
        }
        // Closing the image gives the run up; a server goes on with it.
        const hint = server === null
          ? "Nothing of it is left."
          : `The server at ${server.url} goes on with it.`;
        const ended = await stoppable(
          context,
          { what: options.drill === true ? "drill" : "backup", hint },
          (signal) => runToEnd(context, door, { options, signal }),
        );
        context.show(ended, describeEnded);
        return ended.ok ? exitCodes.done : exitCodes.failed;
      });
    }));
};

/** Asks for a run and waits until it has ended, telling on the way how far it is. */
async function runToEnd(
  context: CliContext,
  door: Door,
  { options, signal }: { readonly options: Record<string, unknown>; readonly signal: AbortSignal },
): Promise<Ended> {
  await known(door);
  const command = options.drill === true
    ? { command: "BACKUP_DRILL" } as const
    : { command: "BACKUP", full: options.full === true } as const;
  const { run } = (await door.command(command, { who: "cli" })).result as { run: number };
  for (let said = Date.now();;) {
    signal.throwIfAborted();
    const { ended, running } = await door.backups();
    const mine = ended.find((each) => each.run === run);
    if (mine !== undefined) return mine;
    if (Date.now() - said >= BACKUP_SAY_MS) {
      said = Date.now();
      context.say(
        running === null
          ? "waiting…"
          : `${running.what}: ${running.entries} entries, ${bytesInWords(running.bytes)}…`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, BACKUP_POLL_MS));
  }
}

/** The view once what is there has been looked at; an image that was opened just now takes a moment. */
async function known(door: Door): Promise<BackupsView> {
  for (let tries = 0; tries < 100; tries++) {
    const view = await viewOf(door);
    if (view !== null && view.state !== "starting") return view;
    await new Promise((resolve) => setTimeout(resolve, BACKUP_POLL_MS));
  }
  throw new CliError("unavailable", "The backup does not start", { hint: "telos health says why." });
}

async function viewOf(door: Door): Promise<BackupsView | null> {
  try {
    return await door.backups();
  } catch (error) {
    if ((error as { retryable?: unknown }).retryable === true) return null;
    throw error;
  }
}

function describeEnded({ ok, what, message, backup }: Ended): string {
  if (!ok) return `The ${what} failed: ${message}`;
  if (backup === null) return `The drill went well: ${message}`;
  const lines = [
    `${backup.kind === "full" ? "Full" : "Incremental"} backup of ${counted(backup.thoughts, "thought")}: ` +
    `${bytesInWords(backup.bytes)} in ${(backup.tookMs / 1_000).toFixed(1)} s, up to ${backup.position}`,
  ];
  if (backup.why !== null) lines.push(`A full one, as ${backup.why}.`);
  if (backup.removed.length > 0) lines.push(`Too old and removed: ${backup.removed.join(", ")}`);
  return lines.join("\n");
}

function describeBackups(view: BackupsView, now: number): string {
  const { last, next, drill, folder, encrypted, chains, reasons, state } = view;
  const points = chains.reduce((sum, chain) => sum + chain.points.length, 0);
  const lines = [
    `${state}, in ${folder}${encrypted ? ", encrypted" : ""}`,
    `  last   ${
      last === null
        ? "none yet"
        : `${ageInWords(now - last.made)} ago, ${last.kind}, ${bytesInWords(last.bytes)}`
    }`,
    `  next   ${next === null ? "none" : timeInWords(next)}`,
    `  drill  ${
      drill === null
        ? "none yet"
        : `${ageInWords(now - drill.at)} ago: ${drill.ok ? "went well" : drill.message}`
    }`,
    `  points ${points} in ${counted(chains.length, "chain")}; telos restore --list shows them`,
  ];
  return [...lines, ...reasons.map((reason) => `  degraded: ${reason}`)].join("\n");
}
