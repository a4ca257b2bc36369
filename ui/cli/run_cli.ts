/**
 * The command line as a whole: arguments in, an exit code out. Results go to standard output, everything else to
 * standard error; an error becomes words and a code, never a stack.
 */
import { Command, CommanderError } from "commander";
import { type ErrorShape, errorShapeOf, hasErrorShape } from "../door/mod.ts";
import { defineAsk } from "./commands/ask.ts";
import { defineDiff } from "./commands/diff.ts";
import { defineExport, defineImport } from "./commands/exchange.ts";
import { defineForge } from "./commands/forge.ts";
import { defineForget } from "./commands/forget.ts";
import { defineIngest } from "./commands/ingest.ts";
import { defineFork, defineMerge, definePrune } from "./commands/fork.ts";
import { defineBackup } from "./commands/backup.ts";
import { defineHealth, defineStop } from "./commands/health.ts";
import { defineHistory, defineRedo, defineUndo } from "./commands/history.ts";
import { defineList } from "./commands/list.ts";
import { defineRecall, defineRemember } from "./commands/memory.ts";
import { defineQuestion } from "./commands/question.ts";
import { defineRebuild } from "./commands/rebuild.ts";
import { defineClone, defineExtend, defineInspect, defineSend, defineSet } from "./commands/objects.ts";
import { defineRestore } from "./commands/restore.ts";
import { defineApprove, defineCheck, defineProposals, defineReject } from "./commands/proposals.ts";
import { defineCurate } from "./commands/curate.ts";
import { defineStart } from "./commands/start.ts";
import { definePrompt, defineReplay, defineThreads } from "./commands/threads.ts";
import { defineUsage } from "./commands/usage.ts";
import { defineDoctor } from "./commands/doctor.ts";
import { defineVerify } from "./commands/verify.ts";
import { CliContext, type Define, type Run } from "./context.ts";
import type { CliEnvironment } from "./environment.ts";
import { type ExitCode, exitCodeOf, exitCodes } from "./exit_codes.ts";
import { withGuardedOutput } from "./output.ts";
import { printable } from "./printable.ts";
import { refusalLines } from "./refusals.ts";
import { readSettings, settingList, type SettingsSources } from "./settings.ts";

const definitions: readonly Define[] = [
  defineStart,
  defineAsk,
  defineThreads,
  defineUsage,
  definePrompt,
  defineReplay,
  defineRemember,
  defineRecall,
  defineQuestion,
  defineForget,
  defineRebuild,
  defineSend,
  defineInspect,
  defineList,
  defineSet,
  defineClone,
  defineExtend,
  defineProposals,
  defineApprove,
  defineReject,
  defineCheck,
  defineUndo,
  defineRedo,
  defineHistory,
  defineDiff,
  defineExport,
  defineImport,
  defineIngest,
  defineForge,
  defineFork,
  defineMerge,
  definePrune,
  defineCurate,
  defineBackup,
  defineRestore,
  defineHealth,
  defineVerify,
  defineDoctor,
  defineStop,
];

/** `args` are those after the program's name. Never throws: what goes wrong is told and is in the exit code. */
export async function runCli(args: readonly string[], given: CliEnvironment): Promise<ExitCode> {
  const environment = withGuardedOutput(given);
  const outcome: { code: ExitCode } = { code: exitCodes.done };
  try {
    await buildProgram(environment, outcome).parseAsync([...args], { from: "user" });
    return outcome.code;
  } catch (error) {
    const json = args.includes("--json");
    if (!(error instanceof CommanderError)) return tell(error, json, environment);
    if (error.exitCode === 0) return exitCodes.done;
    // Commander has already written what it has to say to a person.
    return json ? printError(misuseOf(error), environment) ?? exitCodes.wrongUse : exitCodes.wrongUse;
  }
}

function buildProgram(environment: CliEnvironment, outcome: { code: ExitCode }): Command {
  const program = new Command("telos")
    .description("A living image: objects that persist, memory that recalls, personas that answer.")
    .version(environment.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: environment.stdout,
      writeErr: environment.stderr,
      // Else it would look into the environment for itself.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError("(add --help for help)")
    .exitOverride();
  for (const { flag, value, variable, help } of settingList) {
    program.option(`${flag} <${value}>`, `${help} [${variable}]`);
  }
  program.addHelpText(
    "after",
    "\nA flag goes before its variable, a variable before the default.\n" +
      "Exit codes: 0 done, 1 failed, 2 wrong use, 3 not found, 4 conflict, 5 damaged, 6 unavailable.\n\n" +
      "Example:\n  telos start --image ~/my-image\n  telos remember 'The blue key opens the shed'",
  );
  const run: Run = (body) => async (...given) => {
    const command = given.at(-1) as Command;
    const options = command.optsWithGlobals();
    const settings = readSettings({ ...environment, flags: flagsOf(options) });
    const context = new CliContext(settings, options.json === true, environment);
    outcome.code = await body(context, command.args, options) ?? exitCodes.done;
  };
  for (const define of definitions) define(program, run);
  return program;
}

function flagsOf(options: Record<string, unknown>): SettingsSources["flags"] {
  return Object.fromEntries(
    settingList.map(({ key }) => [key, options[key]]).filter(([, value]) => value !== undefined),
  );
}

function tell(error: unknown, json: boolean, environment: CliEnvironment): ExitCode {
  const shape = hasErrorShape(error) ? errorShapeOf(error) : faultOf(error);
  // What standard output did not take is not tried again.
  const isLost = shape.code === "output_unwritable";
  const failed = json && !isLost ? printError(shape, environment) : null;
  say(shape, environment);
  return failed ?? exitCodeOf(shape);
}

/** JSON on standard output; where that takes nothing this is said, and the exit code for it answered. */
function printError(shape: ErrorShape, environment: CliEnvironment): ExitCode | null {
  try {
    environment.stdout(`${JSON.stringify({ error: shape })}\n`);
    return null;
  } catch (error) {
    return tell(error, false, environment);
  }
}

function say(shape: ErrorShape, environment: CliEnvironment): void {
  const hint = shape.hint === "" ? "" : `       ${shape.hint}\n`;
  environment.stderr(printable(`telos: ${shape.message}\n${hint}`));
  for (const line of refusalLines(shape)) environment.stderr(printable(`       ${line}\n`));
}

function misuseOf({ message }: CommanderError): ErrorShape {
  const hint = "Add --help for help.";
  return { code: "wrong_use", message: message.replace(/^error: /, ""), hint, retryable: false, details: {} };
}

/** On the person's own machine, a fault of the program may say what it is. */
function faultOf(error: unknown): ErrorShape {
  if (error instanceof Deno.errors.NotCapable) return outOfReachOf(error);
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    ...errorShapeOf(error),
    message: `Something went wrong inside the program: ${reason}`,
    hint: "Nothing that was acknowledged is lost. Please report it.",
  };
}

/** A place that a person named and nobody else has refused. The runtime's own advice would be to permit everything. */
function outOfReachOf({ message }: Error): ErrorShape {
  const [, place] = /access to (".*?")/.exec(message) ?? [];
  return {
    code: "wrong_use",
    message: `${place ?? "What was asked for"} may not be used by this program`,
    hint: "Choose another place: an ordinary file or folder.",
    retryable: false,
    details: {},
  };
}
