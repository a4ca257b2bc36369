/** `telos forget`: deletes something and its history, for good. */
import { forgottenSchema, type ForgottenView } from "../../protocol.ts";
import type { Define } from "../context.ts";

export const defineForget: Define = (program, run) => {
  program.command("forget")
    .description("delete an object and its history for good; nothing brings it back")
    .argument("<name>", "a name or an oid")
    .option("--json", "print {position, result: {oid, state, quotedBy, unlinked}}")
    .addHelpText("after", "\nExample:\n  telos forget 0197c1f0-5a2e-7cc3-98c4-1f2e3d4c5b6a")
    .action(run(async (context, [object = ""]) => {
      const answer = await context.command({ command: "FORGET", object, wait: true });
      context.show(answer, ({ result }) => describe(forgottenSchema.parse(result)));
    }));
};

function describe({ oid, state, quotedBy }: ForgottenView): string {
  const lines = [
    state === "erased"
      ? `Erased ${oid}: no byte of what it held is left in the image's files. The history keeps its id alone.`
      : `Forgotten ${oid}: it is found no more. Its last bytes are being erased; telos verify --forgotten TEXT tells`,
  ];
  if (quotedBy.length > 0) {
    lines.push("These quote it, and were left as they are:", ...quotedBy.map((each) => `  ${each}`));
  }
  lines.push(
    "Backups, forks and exports made before still hold it. The next backup is a full one without it.",
  );
  return lines.join("\n");
}
