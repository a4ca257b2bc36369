/** `telos rebuild`: everything that is derived is made anew from the store, with progress, and compared with it. */
import { CliError } from "../cli_error.ts";
import type { CliContext, Define } from "../context.ts";
import type { Door } from "../../door/mod.ts";
import type { MemoryCheckView } from "../../protocol.ts";
import { exitCodes } from "../exit_codes.ts";
import { CONNECT_POLL_MS } from "../limits.ts";
import { counted } from "../words.ts";

export const defineRebuild: Define = (program, run) => {
  program.command("rebuild")
    .description("make working memory, archive and words anew from the store, and compare them with it")
    .option("--check", "only compare")
    .option("--json", "print {ok, checked, problems}")
    .addHelpText("after", "\nExample:\n  telos rebuild")
    .action(run((context, _, options) =>
      context.withDoor(async (door) => {
        if (options.check !== true) await rebuild(context, door);
        const checked = await door.checkMemory();
        context.show(checked, describeCheck);
        return checked.ok ? exitCodes.done : exitCodes.damaged;
      })
    ));
};

async function rebuild(context: CliContext, door: Door): Promise<void> {
  await door.command({ command: "REBUILD" }, { who: "cli" });
  let said = "";
  for (;;) {
    const { rebuild, degraded } = await door.health();
    if (rebuild === null || rebuild === undefined) {
      const failed = degraded.find(({ part, reason }) => part === "memory" && reason.includes("rebuild"));
      if (failed === undefined) return;
      throw new CliError("unavailable", failed.reason, { hint: failed.hint });
    }
    const line = `${rebuild.part}: ${Math.round(100 * rebuild.progress)} %`;
    if (line !== said) context.say(line);
    said = line;
    await new Promise((resolve) => setTimeout(resolve, CONNECT_POLL_MS));
  }
}

function describeCheck({ checked, problems }: MemoryCheckView): string {
  const { rows, texts, sampled } = checked;
  const compared = `${counted(rows, "vector")} and ${counted(texts, "text")} compared, ${
    counted(sampled, "row")
  } asked of the archive`;
  if (problems.length === 0) return `All agrees with the store: ${compared}.`;
  const lines = problems.map(({ oid, message, hint }) => `  ${oid ?? "the memory"}: ${message}. ${hint}`);
  return [`${compared}. ${problems.length} ${problems.length === 1 ? "does" : "do"} not agree:`, ...lines]
    .join("\n");
}
