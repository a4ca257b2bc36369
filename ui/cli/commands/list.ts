/** `telos list`: all objects of the image, now or as they were. */
import type { ChildrenView } from "../../protocol.ts";
import { pointInTime, wholeNumber } from "../arguments.ts";
import type { Define } from "../context.ts";

export const defineList: Define = (program, run) => {
  program.command("list")
    .description("all objects, in the order in which they were made")
    .option(
      "--as-of <point>",
      "as they were then: at a position, or a time such as 2026-11-27T10:00Z",
      pointInTime("--as-of"),
    )
    .option("--after <oid>", "where the page begins")
    .option("--limit <number>", "how many at most, 1 to 1000", wholeNumber("--limit", 1, 1000), 100)
    .option("--json", "print {objects: [{oid, name, parents, caption, …}], next}")
    .addHelpText("after", "\nExample:\n  telos list --as-of 2026-11-27T10:00Z")
    .action(run(async (context, _arguments, options) => {
      const query = {
        limit: Number(options.limit),
        ...(typeof options.asOf === "string" ? { asOf: options.asOf } : {}),
        ...(typeof options.after === "string" ? { after: options.after } : {}),
      };
      context.show(await context.withDoor((door) => door.objects(query)), describeObjects);
    }));
};

function describeObjects({ objects, next }: ChildrenView): string {
  if (objects.length === 0) return "There is no object.";
  const lines = objects.map(({ oid, name, caption }) => `${oid}  ${name ?? "(no name)"}  ${caption}`);
  return [...lines, ...(next === null ? [] : [`More with: telos list --after ${next}`])].join("\n");
}
