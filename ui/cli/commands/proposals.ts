/** `telos proposals`, `approve`, `reject` and `check`: what the kernel made, and what a person says to it. */
import type { MethodsCheck, ProposalView, WireValue } from "../../protocol.ts";
import type { Define } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit_codes.ts";
import { METHOD_BYTES_MAX } from "../limits.ts";
import { readText } from "../read_text.ts";
import { counted } from "../words.ts";

export const defineProposals: Define = (program, run) => {
  program.command("proposals")
    .description("methods that wait for a yes")
    .option("--all", "those that were accepted or rejected too")
    .option(
      "--json",
      "print {proposals: [{name, receiver, selector, source, effects, examples, results, …}]}",
    )
    .addHelpText("after", "\nExample:\n  telos proposals\n  telos approve 'proposal 1'")
    .action(run(async (context, _arguments, options) => {
      const all = await context.withDoor((door) => door.proposals());
      const proposals = options.all === true ? all : all.filter(({ state }) => state === "waiting");
      context.show({ proposals }, () => describeProposals(proposals));
    }));
};

export const defineApprove: Define = (program, run) => {
  program.command("approve")
    .description("install a proposed method, and answer the message it was made for")
    .argument("<proposal>", "its name or oid")
    .option("--source <file>", "accept this source in place of the proposed; - reads standard input")
    .option("--json", "print {position, result}")
    .addHelpText(
      "after",
      "\nExample:\n  telos approve 'proposal 1'\n  telos approve 'proposal 1' --source edited.js",
    )
    .action(run(async (context, [proposal = ""], options) => {
      const source = typeof options.source === "string"
        ? {
          source: await readText({ from: options.source, bytesMax: METHOD_BYTES_MAX }, context.environment),
        }
        : {};
      const answer = await context.command({ command: "APPROVE", proposal, ...source });
      context.show(
        answer,
        ({ result }) => `installed; the message answers ${JSON.stringify(result ?? null)}`,
      );
    }));
};

export const defineReject: Define = (program, run) => {
  program.command("reject")
    .description("turn a proposed method down; the next attempt is shown why")
    .argument("<proposal>", "its name or oid")
    .argument("<reason>", "why, in words")
    .option("--json", "print {position, result}")
    .addHelpText("after", "\nExample:\n  telos reject 'proposal 1' 'it must not change the stock'")
    .action(run(async (context, [proposal = "", reason = ""]) => {
      const answer = await context.command({ command: "REJECT", proposal, reason });
      context.show(answer, () => `rejected ${proposal}`);
    }));
};

export const defineCheck: Define = (program, run) => {
  program.command("check")
    .description("run the examples that methods keep, on scratch copies")
    .argument("[object]", "only this object's: a name or an oid")
    .option("--json", "print {methods, examples, failed: [{object, oid, selector, reason}]}")
    .addHelpText("after", "\nExample:\n  telos check\n  telos check lamp")
    .action(run(async (context, [object]): Promise<ExitCode> => {
      const command = { command: "CHECK_METHODS" as const, ...(object === undefined ? {} : { object }) };
      const report = (await context.command(command)).result as MethodsCheck;
      context.show(report, describeCheck);
      return report.failed.length === 0 ? exitCodes.done : exitCodes.failed;
    }));
};

function describeProposals(proposals: readonly ProposalView[]): string {
  if (proposals.length === 0) return "No method waits for a yes.";
  return proposals.map(describeProposal).join("\n\n");
}

function describeProposal(proposal: ProposalView): string {
  const { name, oid, kind, state, receiver_name, receiver, holder_name, holder, selector } = proposal;
  const where = kind === "lift"
    ? `lift ${selector} from ${receiver_name ?? receiver} to ${holder_name ?? holder}`
    : `${kind === "repair" ? "repair of " : ""}${holder_name ?? holder} ${selector}`;
  const by = proposal.model ?? proposal.mind;
  const lines = [
    `${name ?? oid}  ${where}${state === "waiting" ? "" : `  (${state})`}`,
    `  by ${by}, ${proposal.attempts} ${
      proposal.attempts === 1 ? "try" : "tries"
    }; asked by ${proposal.asked_by}`,
  ];
  if (proposal.doc !== "") lines.push(`  ${proposal.doc}`);
  lines.push(`  effects: ${proposal.effects.join(", ") || "none"}`);
  lines.push(...proposal.source.split("\n").map((line) => `  | ${line}`));
  for (const { label, source } of proposal.similar) {
    lines.push(
      `  like ${label}`,
      ...source.split("\n").filter((line) => line !== "").map((line) => `  : ${line}`),
    );
  }
  for (const example of proposal.examples) {
    const given = example.arguments.map((each) => JSON.stringify(each)).join(", ");
    const slots = example.slots === undefined ? "" : `with ${JSON.stringify(example.slots)} `;
    lines.push(`  ${slots}${selector}(${given}) → ${JSON.stringify(example.answer ?? null)}`);
  }
  const call = callOf(proposal.results);
  const { message } = proposal;
  const sent = message === null
    ? "the message"
    : `"${message.receiver_name ?? message.receiver} ${message.selector}", which needs it,`;
  if (call !== undefined) lines.push(`  ${sent} would answer ${JSON.stringify(call)}`);
  if (proposal.reason !== null) lines.push(`  ${proposal.reason}`);
  return lines.join("\n");
}

function callOf(results: WireValue): WireValue | undefined {
  if (typeof results !== "object" || results === null || Array.isArray(results)) return undefined;
  const { call } = results;
  return typeof call === "object" && call !== null && !Array.isArray(call) ? call.answer : undefined;
}

function describeCheck({ methods, examples, failed }: MethodsCheck): string {
  const head = `${counted(methods, "method")} with ${counted(examples, "example")}: ${
    failed.length === 0 ? "all hold" : `${failed.length} ${failed.length === 1 ? "fails" : "fail"}`
  }`;
  return [head, ...failed.map(({ object, selector, reason }) => `  ${object} ${selector}: ${reason}`)].join(
    "\n",
  );
}
