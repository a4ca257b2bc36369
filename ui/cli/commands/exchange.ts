/** `telos export` and `telos import`: an image as a file, and back. */
import { join } from "node:path";
import { checkWhole, makeNewImage, readArchive } from "../../../actors/exchange/mod.ts";
import { z } from "zod";
import { parsePosition } from "../../../kv/mod.ts";
import { hasErrorShape, type ImportMessage, type ImportRequest } from "../../door/mod.ts";
import { CliError } from "../cli_error.ts";
import type { CliContext, Define } from "../context.ts";
import { writeWhole } from "../exchange/files.ts";
import { importMemories, type MemoriesReport } from "../exchange/import_memories.ts";
import { Progress } from "../exchange/progress.ts";
import { type Source, sourceOf } from "../exchange/sources.ts";
import { PROBLEMS_SHOWN_MAX } from "../limits.ts";
import { stoppable } from "../stoppable.ts";
import { allHere, counted } from "../words.ts";

export const defineExport: Define = (program, run) => {
  program.command("export")
    .description("write the image, or objects with all that belongs to them, as an archive of JSON lines")
    .argument("[names...]", "names or oids: these, what descends from them, and what all of it refers to")
    .option("--out <file>", "write there; default: standard output")
    .option("--no-vectors", "leave the vectors out; an import makes them again")
    .option("--json", "print {file, bytes, objects} when written to a file")
    .addHelpText(
      "after",
      "\nExample:\n  telos export --out image.jsonl\n  telos export shape counter > shapes.jsonl",
    )
    .action(run(async (context, names, options) => {
      const request = {
        ...(names.length === 0 ? {} : { objects: names }),
        ...(options.vectors === false ? { vectors: false } : {}),
      };
      await stoppable(
        context,
        { what: "export" },
        (signal) =>
          context.withDoor((door) =>
            writeOut(context, door.exchange.export(request, { signal }), options.out, signal)
          ),
      );
    }));
};

/** Writes lines to a file or to standard output, with progress, and says what was written. */
export async function writeOut(
  context: CliContext,
  chunks: AsyncIterable<Uint8Array>,
  out: unknown,
  signal?: AbortSignal,
): Promise<void> {
  if (typeof out !== "string") {
    const decoder = new TextDecoder();
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      context.environment.stdout(decoder.decode(chunk, { stream: true }));
    }
    return;
  }
  const progress = new Progress((line) => context.say(line));
  let lines = 0;
  async function* countingLines(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      for (const byte of chunk) if (byte === 10) lines++;
      progress.tell(() => `Written ${counted(lines, "line")} …`);
      yield chunk;
    }
  }
  const bytes = await writeWhole(out, countingLines());
  // The first and the last line are no objects.
  const objects = Math.max(0, lines - 2);
  context.show(
    { file: out, bytes, objects },
    () => `Wrote ${counted(objects, "object")} to ${out} (${counted(bytes, "byte")}).`,
  );
}

export const defineImport: Define = (program, run) => {
  program.command("import")
    .description("take in an archive, an export of ChatGPT or Claude, or a folder of Markdown")
    .argument("<file>", "an archive, a ZIP file, a conversations.json, a folder")
    .option(
      "--on-conflict <what>",
      "of an archive's objects that conflict: refuse, skip, theirs or copy",
      "refuse",
    )
    .option("--json", "print what was done")
    .addHelpText(
      "after",
      "\nImporting the same twice changes nothing. An archive of a whole image makes a new one where there is none.\n\n" +
        "Example:\n  telos import image.jsonl --image ~/copy\n  telos import chatgpt-export.zip",
    )
    .action(run(async (context, [file = ""], options) => {
      const onConflict = conflictOption(String(options.onConflict));
      const source = await sourceOf(file);
      if (source.kind === "memories") return await takeMemories(context, source);
      if (await isWholeForNew(context, source.head)) {
        const hint = "Nothing of it is left: the image was not made.";
        return await stoppable(
          context,
          { what: "import", hint },
          (signal) => makeFrom(context, source, signal),
        );
      }
      await takeArchive(context, source, onConflict);
    }));
};

const CONFLICTS = ["refuse", "skip", "theirs", "copy"] as const;

function conflictOption(given: string): NonNullable<ImportRequest["onConflict"]> {
  const known = CONFLICTS.find((each) => each === given);
  if (known !== undefined) return known;
  throw new CliError("wrong_use", `--on-conflict must be one of ${CONFLICTS.join(", ")}: it is "${given}"`, {
    hint: "skip keeps what is here, theirs takes the archive's, copy takes both.",
    details: { option: "--on-conflict", value: given },
  });
}

type ArchiveSource = Extract<Source, { kind: "archive" }>;
type MemorySource = Extract<Source, { kind: "memories" }>;

async function takeArchive(
  context: CliContext,
  { chunks }: ArchiveSource,
  onConflict: NonNullable<ImportRequest["onConflict"]>,
): Promise<void> {
  const progress = new Progress((line) => context.say(line));
  await context.withConnection(async ({ door, server }) => {
    const hint = server === null
      ? "Nothing of it was taken in. The same `telos import` again takes in all of it."
      : `The server at ${server.url} takes in all of it or nothing. The same \`telos import\` again changes nothing twice.`;
    const report = await stoppable(context, { what: "import", hint }, async (signal) => {
      let last: Extract<ImportMessage, { report: unknown }>["report"] | undefined;
      const messages = door.exchange.import(until(signal, chunks()), { onConflict }, { who: "cli", signal });
      for await (const message of namingConflicts(context, messages)) {
        if ("report" in message) last = message.report;
        else {
          const { phase, done, total } = message.progress;
          progress.tell(() => `${phase} ${done} of ${total} …`);
        }
      }
      if (last === undefined) throw new Error("the import ended without a report");
      return last;
    });
    for (const oid of report.damaged) context.say(`Left out as damaged in the image it comes from: ${oid}`);
    context.show(report, describeReport);
  });
}

/** The same, until it is stopped: then it breaks off with the signal's reason. */
async function* until<T>(signal: AbortSignal, items: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const item of items) {
    signal.throwIfAborted();
    yield item;
  }
}

/** Says each conflict on a line of its own before the refusal. */
async function* namingConflicts<T>(context: CliContext, messages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (error) {
    const conflicts = hasErrorShape(error) && error.code === "import_conflict" ? error.details.conflicts : [];
    for (const { label, kind, reason } of z.array(conflictForm).parse(conflicts)) {
      context.say(`${kind} conflict: ${label} ${reason}`);
    }
    throw error;
  }
}

const conflictForm = z.object({ label: z.string(), kind: z.string(), reason: z.string() });

function describeReport(report: Extract<ImportMessage, { report: unknown }>["report"]): string {
  const { changed, made, replaced, copied, same, skipped, embedded } = report;
  if (!changed) {
    return `Nothing changed: all ${same + skipped} objects are here already${
      skipped > 0 ? ` (${skipped} of them with another content, which stayed)` : ""
    }.`;
  }
  const parts = [
    [made, "made"],
    [replaced, "replaced"],
    [copied, "copied beside what is here"],
    [same, "here already"],
    [skipped, "skipped"],
    [embedded, "embedded again"],
  ] as const;
  return `Imported: ${
    parts.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`).join(", ")
  }  (as ${report.position}).`;
}

async function isWholeForNew({ settings }: CliContext, head: string): Promise<boolean> {
  try {
    await Deno.stat(join(settings.image, "image.kv"));
    return false;
  } catch (error) {
    // Whoever opens the image says what is wrong with its folder.
    if (!(error instanceof Deno.errors.NotFound)) return false;
  }
  return !/"roots":\[/.test(head);
}

async function makeFrom(
  context: CliContext,
  { chunks }: ArchiveSource,
  signal: AbortSignal,
): Promise<void> {
  const progress = new Progress((line) => context.say(line));
  const onLine = (line: number) => progress.tell(() => `Read ${line} lines …`);
  const archive = await readArchive(until(signal, chunks()), { onLine });
  checkWhole(archive);
  const { head, records, damaged } = archive;
  for (const { oid } of damaged) context.say(`Left out as damaged in the image it comes from: ${oid}`);
  const { image, position } = head;
  const { epoch } = parsePosition(position);
  const made = await makeNewImage({
    folder: context.settings.image,
    records: records.map(({ record }) => record),
    canvases: head.canvases,
    space: head.space,
    origin: { how: "import", imageId: image, position, epoch, at: Date.now() },
    onProgress: (written) => {
      signal.throwIfAborted();
      progress.tell(() => `Written ${written} of ${counted(records.length, "object")} …`);
    },
  });
  context.show({ ...made, image: context.settings.image }, describeMade);
}

/** What is said of an image that was made. */
export function describeMade(
  { objects, memories, vectors, image }: {
    readonly objects: number;
    readonly memories: number;
    readonly vectors: string;
    readonly image: string;
  },
): string {
  const later = vectors === "to be made"
    ? `, which ${memories === 1 ? "is" : "are"} embedded when it is first opened`
    : "";
  return `Made a new image of ${counted(objects, "object")} in ${image}${
    memories > 0 ? ` (${counted(memories, "memory", "memories")}${later})` : ""
  }.`;
}

async function takeMemories(context: CliContext, { what, items }: MemorySource): Promise<void> {
  const progress = new Progress((line) => context.say(line));
  await context.withDoor(async (door) => {
    let [taken, fresh] = [0, 0];
    const stopped = () => ({
      message: `The import was stopped: ${
        counted(taken, "memory", "memories")
      } of ${what} taken in, ${fresh} of them new, and they stay`,
      hint: "The same `telos import` again takes in the rest, and changes nothing twice.",
    });
    const report = await stoppable(
      context,
      { what: "import", stopped },
      (signal) =>
        importMemories(door, until(signal, items()), ({ memories, made }) => {
          [taken, fresh] = [memories, made];
          progress.tell(() => `Read ${counted(memories, "memory", "memories")}, ${made} of them new …`);
        }),
    );
    for (const { place, reason } of report.left_out.slice(0, PROBLEMS_SHOWN_MAX)) {
      context.say(`Left out: ${place}: ${reason}`);
    }
    context.show(report, (each) => describeMemories(what, each));
  });
}

function describeMemories(what: string, { made, known, threads, problems }: MemoriesReport): string {
  const left = problems === 0 ? "" : ` ${counted(problems, "malformed record")} left out.`;
  if (made === 0) return `Nothing changed: ${allHere(known, `these ${what}`)}.${left}`;
  const before = known === 0 ? "" : `, ${known} ${known === 1 ? "was" : "were"} here already`;
  return `Imported ${counted(made, "memory", "memories")} of ${what} in ${
    counted(threads, "thread")
  }${before}.${left}`;
}
