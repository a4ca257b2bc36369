/** `telos fork`, `merge` and `prune`: copies of the image that live on by themselves, and how long history is kept. */
import { Option } from "commander";
import { forkedSchema, mergedSchema, prunedSchema } from "../../protocol.ts";
import { pointInTime } from "../arguments.ts";
import { CliError } from "../cli_error.ts";
import type { Define } from "../context.ts";
import { runLong } from "../long_command.ts";
import { wholePath } from "../whole_path.ts";
import { bytesInWords, counted } from "../words.ts";

export const defineFork: Define = (program, run) => {
  program.command("fork")
    .description("copy the whole image as of a point into a new one, memory included")
    .argument("<folder>", "where it comes to stand: not there yet, or empty")
    .option("--at <point>", "a position, or a time such as 2026-11-27T10:00Z; default: now")
    .option("--json", "print {position, result: {folder, imageId, position, objects}}")
    .addHelpText("after", "\nExample:\n  telos fork ~/try-out\n  telos start --image ~/try-out --port 4681")
    .action(run(async (context, [folder = ""], options) => {
      const at = typeof options.at === "string" ? { at: options.at } : {};
      const answer = await runLong(context, { command: "FORK", folder: wholePath(context, folder), ...at });
      context.show(answer, ({ result }) => {
        const { folder, objects, position } = forkedSchema.parse(result);
        return `Forked ${counted(objects, "object")} as of ${position} into ${folder}.\n` +
          `Start it with: telos start --image ${folder} --port 4681`;
      });
    }));
};

export const defineMerge: Define = (program, run) => {
  program.command("merge")
    .description("take what a fork did, as one thought; conflicts are listed, and nothing is written")
    .argument("<folder>", "the folder of the fork, which nothing may have open")
    .argument("[objects...]", "only these, with what they refer to: names in the fork or oids")
    .addOption(sideOption("--ours", "OBJECT or OBJECT.FIELD stays as it is here; alone: every conflict"))
    .addOption(sideOption("--theirs", "OBJECT or OBJECT.FIELD becomes as in the fork; alone: every conflict"))
    .option("--json", "print {position, result: {fork, objects}}")
    .addHelpText(
      "after",
      "\nA field is a slot, parent*, name*, or object* for whether the object is there.\n" +
        "\nExample:\n  telos merge ~/try-out lamp\n  telos merge ~/try-out --theirs lamp.watts --ours lamp",
    )
    .action(run(async (context, [folder = "", ...objects], options) => {
      const answer = await runLong(context, {
        command: "MERGE",
        folder: wholePath(context, folder),
        ...(objects.length === 0 ? {} : { objects }),
        ...choicesOf(options.ours as readonly string[], options.theirs as readonly string[]),
      });
      context.show(answer, ({ result, position }) => {
        const { objects } = mergedSchema.parse(result);
        if (objects.length === 0) return "There is nothing to merge: all of it is here.";
        const lines = objects.map(({ oid, name, change }) => `  ${change}  ${name ?? oid}`);
        const one = objects.length === 1;
        return `Merged ${objects.length} object${one ? "" : "s"}  (as ${position})\n${lines.join("\n")}`;
      });
    }));
};

/** Stands for every conflict. */
const EVERY = "*";

function sideOption(flag: string, description: string): Option {
  return new Option(`${flag} [field]`, description).preset(EVERY).default([], "none")
    .argParser<string[]>((value, before) => [...before, value]);
}

/** @throws {CliError} when both sides are preferred for everything */
function choicesOf(ours: readonly string[], theirs: readonly string[]) {
  if (ours.includes(EVERY) && theirs.includes(EVERY)) {
    throw new CliError("wrong_use", "Only one of --ours and --theirs may stand alone", {
      hint: "Name the objects or fields for the other.",
    });
  }
  const named = (side: readonly string[]) => side.filter((each) => each !== EVERY);
  const choices = [
    ...named(ours).map((each) => choiceOf(each, "ours")),
    ...named(theirs).map((each) => choiceOf(each, "theirs")),
  ];
  const prefer = ours.includes(EVERY) ? "ours" as const : theirs.includes(EVERY) ? "theirs" as const : null;
  return { ...(prefer === null ? {} : { prefer }), ...(choices.length === 0 ? {} : { choices }) };
}

/** The last dot parts a name from a field: names may hold dots, an object with one in it is chosen whole by its oid. */
function choiceOf(text: string, take: "ours" | "theirs") {
  const dot = text.lastIndexOf(".");
  return dot <= 0 ? { object: text, take } : { object: text.slice(0, dot), field: text.slice(dot + 1), take };
}

export const definePrune: Define = (program, run) => {
  program.command("prune")
    .description(
      "drop history before a point, or as the policy of the image says; what is alive stays as it is",
    )
    .option("--before <point>", "a position, or a time such as 2026-11-27T10:00Z", pointInTime("--before"))
    .option("--dry-run", "only say what would be dropped")
    .option("--json", "print {position, result: {horizon, thoughts, images, blobs, bytes}}")
    .addHelpText(
      "after",
      "\nThe policy is in the slots of history_manager: keep, days, thoughts.\n" +
        "\nExample:\n  telos prune --dry-run --before 2026-01-01\n  telos set history_manager keep days",
    )
    .action(run(async (context, _arguments, options) => {
      const dryRun = options.dryRun === true;
      const before = typeof options.before === "string" ? { before: options.before } : {};
      const answer = await runLong(context, { command: "PRUNE", dryRun, ...before });
      context.show(answer, ({ result }) => {
        const pruned = prunedSchema.parse(result);
        if (pruned === null) {
          return "The policy of the image keeps all history: nothing is pruned. Use --before, or set " +
            "history_manager keep.";
        }
        const { thoughts, images, bytes, horizon } = pruned;
        const done = dryRun ? "Would drop" : "Dropped";
        return `${done} ${counted(images, "before-image")} of ${counted(thoughts, "thought")}, ${
          bytesInWords(bytes)
        }. ` +
          `History begins at ${horizon}.`;
      });
    }));
};
