/** `telos verify`: walks the image, tells what is wrong with it, and with `--repair` puts right what surely can be. */
import { imageForms } from "../../../actors/system/mod.ts";
import { isOid } from "../../../actors/world/mod.ts";
import { filesWith, verifyFolder } from "../../../kv/mod.ts";
import type { VerifyStep, VerifyView } from "../../protocol.ts";
import { serverOr } from "../connect.ts";
import type { CliContext, Define } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit_codes.ts";
import { stoppable } from "../stoppable.ts";
import { VERIFY_PROBLEMS_SHOWN_MAX } from "../limits.ts";

export const defineVerify: Define = (program, run) => {
  program.command("verify")
    .description("look over the whole image for what is dangling, missing or corrupt")
    .option("--repair", "put right what follows from the rest without a doubt, and say what was done")
    .option("--forgotten <text>", "only look whether a text is left in any file of the image")
    .option("--json", "print {ok, checked, problems: [{kind, key, oid, repairable}], …}")
    .addHelpText(
      "after",
      "\nExits with 5 when something is wrong, or a text is left. Backups are packed, and not looked into.\n\n" +
        "Example:\n  telos verify --json\n  telos verify --forgotten 'the third flowerpot'",
    )
    .action(run(async (context, _arguments, options) => {
      if (typeof options.forgotten === "string") return await lookFor(context, options.forgotten);
      const report = await verify(context, options.repair === true);
      context.show(report, describe);
      return report.ok ? exitCodes.done : exitCodes.damaged;
    }));
};

/** In the files themselves, which is this program's to do: who has the image open must not. */
async function lookFor(context: CliContext, text: string): Promise<ExitCode> {
  const files = await filesWith(context.settings.image, text);
  context.show({ ok: files.length === 0, files }, () => {
    if (files.length === 0) return "No file of the image holds it.";
    const hint =
      "That is an id: the history keeps it, and nothing else, of what was forgotten; look for its text.";
    return ["These hold it:", ...files].join("\n  ") + (isOid(text) ? `\n${hint}` : "");
  });
  return files.length === 0 ? exitCodes.done : exitCodes.damaged;
}

/** Through the server that has the image open, else here, where the file itself is looked at too. */
async function verify(context: CliContext, repair: boolean): Promise<VerifyView> {
  const { settings, environment } = context;
  return await stoppable(
    context,
    { what: "verification", hint: "What was put right by then stays so." },
    async (signal) => {
      const options = { repair, signal, onProgress: progress(context) };
      const alone = () => verifyFolder(settings.image, { ...options, forms: imageForms() });
      const found = await serverOr(settings, environment, alone);
      try {
        return "opened" in found ? found.opened : await found.door.verify(options);
      } finally {
        if ("door" in found) await found.door.close();
      }
    },
  );
}

/** A line for each stage; on a terminal, one that counts. */
function progress(context: CliContext): (step: VerifyStep) => void {
  const { stderr, interactive } = context.environment;
  let said = "";
  return ({ stage, done }) => {
    if (interactive === true) return stderr(`\r\x1b[K${stage}: ${done}`);
    if (stage !== said) stderr(`${stage} …\n`);
    said = stage;
  };
}

function describe({ ok, checked, problems, more, repaired }: VerifyView): string {
  const looked = Object.entries(checked).map(([family, count]) => `${count} ${family}`).join(", ");
  const lines = [`Looked at ${looked || "nothing"}.`];
  for (const { did, kind, key } of repaired) lines.push(`  repaired ${kind} ${JSON.stringify(key)}: ${did}`);
  for (const { kind, key, message, hint } of problems.slice(0, VERIFY_PROBLEMS_SHOWN_MAX)) {
    lines.push(`  ${kind} ${JSON.stringify(key)}`, `    ${message}`, `    ${hint}`);
  }
  const unsaid = Math.max(0, problems.length - VERIFY_PROBLEMS_SHOWN_MAX) + more;
  if (unsaid > 0) {
    lines.push(`  and ${unsaid} more; --json tells ${more > 0 ? "the first of them" : "them all"}`);
  }
  lines.push(ok ? "The image is whole." : "The image is damaged.");
  return lines.join("\n");
}
