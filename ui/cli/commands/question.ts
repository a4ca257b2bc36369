/** `telos question`: what the forms of objects tell, or "I do not know". */
import { type QuestionAnswerView, type QuestionQuery, questionQuerySchema } from "../../protocol.ts";
import { describeIssues } from "../../door/mod.ts";
import { requireWords } from "../arguments.ts";
import { CliError } from "../cli_error.ts";
import type { Define } from "../context.ts";

export const defineQuestion: Define = (program, run) => {
  program.command("question")
    .description('ask objects by their slots: structured, with a similarity and a margin, or "I do not know"')
    .argument("[text...]", "the question in words; - reads standard input")
    .option("--structured <json>", "the structured question instead, such as a corrected translation")
    .option(
      "--json",
      "print {question, translator, translation, position, known, answers, hops, considered, truncated}",
    )
    .addHelpText(
      "after",
      "\nIn words: what is ROLE of X; what is X's ROLE; what fills ROLE in X; what is to A as B is to C;\n" +
        "which objects have ROLE = VALUE; and chains such as what is ROLE of ROLE of X.\n" +
        '\nExample:\n  telos question "what is to mexico as dollar is to usa"' +
        '\n  telos question --structured \'{"ask":"fills","object":"mexico","roles":["currency"]}\'',
    )
    .action(run(async (context, words, options) => {
      const asked = typeof options.structured === "string"
        ? { structured: options.structured }
        : { q: await context.textOf(words.join(" ")) };
      const query = queryOf(asked);
      await context.withDoor(async (door) => context.show(await door.question(query), describe));
    }));
};

const HOW =
  'Give it in words, or as --structured \'{"ask":"fills","object":"mexico","roles":["currency"]}\'.';

/** @throws {CliError} for what is no question */
function queryOf(asked: { readonly q: string } | { readonly structured: string }): QuestionQuery {
  if ("q" in asked) requireWords(asked.q, { message: "There is nothing to ask", hint: HOW });
  const [inWords, structured] = questionQuerySchema.options;
  const parsed = ("q" in asked ? inWords : structured).safeParse(asked, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new CliError(
    "wrong_use",
    `That is no question: ${describeIssues(parsed.error)}`,
    { hint: HOW },
  );
}

function translatorInWords({ by, persona, model, note }: QuestionAnswerView["translator"]): string[] {
  if (by === "person") return [];
  if (by === "persona") return [`  translated by ${persona}, ${model}`];
  return [`  translated by patterns${note === null ? "" : `: ${note}`}`];
}

function describe(
  { translator, translation, known, answers, hops, question, truncated }: QuestionAnswerView,
): string {
  const figures = (of: { readonly similarity: number; readonly margin: number }) =>
    `similarity ${of.similarity.toFixed(3)}, margin ${of.margin.toFixed(3)}`;
  const said = known
    ? answers.map((answer) =>
      `${answer.text}  (${figures(answer)})${answer.oid === null ? "" : `  [${answer.oid}]`}`
    )
    : ["I do not know."];
  const steps = hops.map((hop) => {
    const nearest = hop.nearest === null ? "nothing to compare with" : hop.nearest.slice(0, 60);
    return `  ${hop.asked}: ${hop.known ? nearest : `unknown, nearest is ${nearest}`}  ` +
      `(${figures(hop)}, from ${hop.threshold.toFixed(3)} on)`;
  });
  return [
    ...said,
    `asked: ${translation}`,
    ...translatorInWords(translator),
    ...steps,
    ...(truncated ? ["  The image has more than a question looks at."] : []),
    `to correct it: --structured '${JSON.stringify(question)}'`,
  ].join("\n");
}
