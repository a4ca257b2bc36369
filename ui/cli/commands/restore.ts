/** `telos restore`: an image from a backup, as of any thought or time that it holds. It needs no server and no image. */
import { derivedKeys } from "../../../actors/world/mod.ts";
import { BackupKey, type Chain, readChains, restoreBackup, type RestoreProgress } from "../../../kv/mod.ts";
import { timeOf } from "../../protocol.ts";
import { pointInTime } from "../arguments.ts";
import { readKeyText } from "../backup_key.ts";
import { CliError } from "../cli_error.ts";
import type { CliContext, Define } from "../context.ts";
import { BACKUP_SAY_MS } from "../limits.ts";
import { stoppable } from "../stoppable.ts";
import { wholePath } from "../whole_path.ts";
import { bytesInWords, counted, timeInWords } from "../words.ts";

export const defineRestore: Define = (program, run) => {
  program.command("restore")
    .description("make an image from a backup, in a new folder, as of any thought or time that it holds")
    .argument("[folder]", "the new image's folder: not there yet, or empty")
    .option(
      "--to <point>",
      "a position, or a time such as 2026-11-27T10:00Z; default: the newest point",
      pointInTime("--to", "telos restore --list"),
    )
    .option("--from <folder>", "where the backups are; default: the image's folder with -backups")
    .option("--image-id <id>", "which image, when the folder has backups of several")
    .option("--list", "show the points that can be restored to, and what is damaged")
    .option("--json", "print what was restored, or with --list the chains")
    .addHelpText(
      "after",
      "\nExample:\n  telos restore --list\n  telos restore --to 2026-11-27T10:00Z ~/as-it-was\n  telos start --image ~/as-it-was",
    )
    .action(run(async (context, [folder], options) => {
      const from = typeof options.from === "string"
        ? wholePath(context, options.from)
        : `${context.settings.image}-backups`;
      const imageId = typeof options.imageId === "string" ? options.imageId : null;
      if (options.list === true) return await list(context, from, imageId);
      if (folder === undefined) {
        throw new CliError("wrong_use", "restore needs the folder of the new image", {
          hint: "telos restore FOLDER, or telos restore --list.",
        });
      }
      await stoppable(context, { what: "restore" }, async (signal) => {
        const restored = await restoreBackup({
          from,
          into: wholePath(context, folder),
          derive: derivedKeys,
          key: await readKey(context),
          signal,
          onProgress: progressTo(context),
          ...(context.environment.crash === undefined ? {} : { crash: context.environment.crash }),
          ...(imageId === null ? {} : { imageId }),
          ...(typeof options.to === "string" ? { to: timeOf(options.to) ?? options.to } : {}),
        });
        context.show(
          restored,
          (result) =>
            `Restored ${counted(result.objects, "object")} as of ${result.restored} (${
              timeInWords(result.at)
            }) into ${result.folder}\n` +
            (result.unreadable === 0
              ? ""
              : `${result.unreadable} of them ${
                result.unreadable === 1 ? "was" : "were"
              } damaged in the image already, and still ${result.unreadable === 1 ? "is" : "are"}.\n`) +
            `Open it with: telos start --image ${result.folder}`,
        );
      });
    }));
};

async function readKey(context: CliContext): Promise<BackupKey | null> {
  const text = await readKeyText(context.settings.backupKey);
  return text === null ? null : await BackupKey.read(text);
}

function progressTo(context: CliContext): (progress: RestoreProgress) => void {
  let said = Date.now();
  return ({ phase, done, of }) => {
    if (Date.now() - said < BACKUP_SAY_MS) return;
    said = Date.now();
    context.say(
      phase === "reading"
        ? `read ${bytesInWords(done)} of ${bytesInWords(of ?? done)}…`
        : `indexed ${counted(done, "object")}…`,
    );
  };
}

async function list(context: CliContext, from: string, imageId: string | null): Promise<void> {
  const chains = await readChains(from, imageId, { key: await readKey(context) });
  const view = chains.map(({ imageId, chain, links, problems, unfinished }) => ({
    imageId,
    chain,
    points: links.map(({ manifest: { index, kind, to, at, made, thoughts, horizon, chunks } }) => ({
      link: index,
      kind,
      position: to,
      at,
      made,
      thoughts,
      bytes: chunks.reduce((sum, chunk) => sum + chunk.bytes, 0),
      oldest: horizon,
    })),
    problems,
    unfinished,
  }));
  context.show(
    view,
    () => chains.length === 0 ? `No backups in ${from}.` : chains.map(describeChain).join("\n"),
  );
}

function describeChain({ imageId, chain, links, problems, unfinished }: Chain): string {
  const points = links.map(({ manifest }) =>
    `  ${manifest.to}  ${timeInWords(manifest.at)}  ${manifest.kind}, ${
      counted(manifest.thoughts, "thought")
    }, ` +
    bytesInWords(manifest.chunks.reduce((sum, { bytes }) => sum + bytes, 0))
  );
  const wrong = problems.map(({ message }) => `  damaged: ${message}`);
  const left = unfinished
    ? ["  after that, chunks without a manifest: of a backup that did not end, or lost"]
    : [];
  return [`${chain} of image ${imageId}`, ...points, ...wrong, ...left].join("\n");
}
