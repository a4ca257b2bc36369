/** `telos undo`, `redo` and `history`: going back, and seeing what was. */
import {
  type CommandResult,
  type HistoryView,
  oneLine,
  takenBackInWords,
  type ThoughtView,
} from "../../protocol.ts";
import { position, wholeNumber } from "../arguments.ts";
import type { Define } from "../context.ts";
import { WHY_SHOWN_MAX } from "../limits.ts";
import { bytesInWords, counted, keptInWords } from "../words.ts";

export const defineUndo: Define = (program, run) => {
  program.command("undo")
    .description("take back the last change, or the one at a position")
    .argument("[position]", "as `telos history` prints it")
    .option("--json", "print {position, result}")
    .addHelpText("after", "\nExample:\n  telos undo\n  telos undo 000001-0000000000000a160000-0000")
    .action(run(async (context, [position]) => {
      const answer = await context.command({
        command: "UNDO",
        ...(position === undefined ? {} : { position }),
      });
      context.show(answer, described("Undone"));
    }));
};

export const defineRedo: Define = (program, run) => {
  program.command("redo")
    .description(
      "do again what the last undo took back, or the undo at a position, or the undo of that thought",
    )
    .argument("[position]", "as `telos history` prints it")
    .option("--json", "print {position, result}")
    .addHelpText("after", "\nExample:\n  telos redo\n  telos redo 000001-0000000000000a160000-0000")
    .action(run(async (context, [position]) => {
      const answer = await context.command({
        command: "REDO",
        ...(position === undefined ? {} : { position }),
      });
      context.show(answer, described("Redone"));
    }));
};

export const defineHistory: Define = (program, run) => {
  program.command("history")
    .description("what was done, newest first; of one object if it is named")
    .argument("[name]", "a name or an oid")
    .option("--before <position>", "only what came before: the next page", position("--before"))
    .option("--cost", "what history costs in bytes, and how long it is kept")
    .option("--limit <number>", "how many at most, 1 to 1000", wholeNumber("--limit", 1, 1000), 20)
    .option("--json", "print an array of {position, id, who, why, at, kind, objects}")
    .addHelpText("after", "\nExample:\n  telos history lamp --limit 5")
    .action(run(async (context, [object], options) => {
      if (options.cost === true) {
        context.show(await context.withDoor((door) => door.history()), describeCost);
        return;
      }
      const query = {
        newest: true,
        limit: Number(options.limit),
        ...(object === undefined ? {} : { object }),
        ...(typeof options.before === "string" ? { before: options.before } : {}),
      };
      context.show(await context.withDoor((door) => door.log(query)), describeThoughts);
    }));
};

function describeCost({ cost, policy, unfinished }: HistoryView): string {
  const bytes = (label: string, count: number) => `  ${label.padEnd(16)}${bytesInWords(count).padStart(12)}`;
  return [
    `${counted(cost.thoughts, "thought")}, ${cost.pruned} of them pruned; history begins at ${cost.horizon}`,
    bytes("log", cost.logBytes),
    bytes("before-images", cost.imageBytes),
    bytes("large values", cost.blobBytes),
    bytes("version keys", cost.versionBytes),
    bytes("together", cost.totalBytes),
    `Kept: ${keptInWords(policy)}, as history_manager says.`,
    ...(policy.problem === undefined ? [] : [`All is kept, as the policy is none: ${policy.problem}`]),
    ...(unfinished ? ["A pruning was interrupted, and is gone on with."] : []),
  ].join("\n");
}

/** What was taken back, and the position of the thought that did it: the one that takes that back again. */
function described(done: "Undone" | "Redone"): (answer: CommandResult) => string {
  return ({ position, result }) => `${takenBackInWords(done, result)}  (as ${position})`;
}

function describeThoughts(thoughts: readonly ThoughtView[]): string {
  if (thoughts.length === 0) return "Nothing yet.";
  return thoughts.map(({ position, at, who, why, objects }) => {
    const time = new Date(at).toISOString().replace("T", " ").slice(0, 19);
    return `${position}  ${time}  ${who}  ${oneLine(why, WHY_SHOWN_MAX)}  (${
      counted(objects.length, "object")
    })`;
  }).join("\n");
}
