/**
 * `deno task eval --mind NAME [--json] [--only ID]… [--seconds N]`: how well a mind writes methods. NAME is a model as Ollama names
 * it, asked at `OLLAMA_HOST`, or `recall` for no model at all. Every task goes through the kernel of a fresh image in a
 * temporary folder, with three tries, and N seconds for each where they are given; what is reported is right at the first try, right within three, what was refused,
 * tries and seconds.
 */
import { parseArgs } from "node:util";
import { defaultOllamaHost, OllamaMind, RecallMind } from "../actors/minds/mod.ts";
import { openEvalImage } from "./eval/eval_image.ts";
import { evaluate, type Evaluation } from "./eval/evaluate.ts";
import { readTasks } from "./eval/task.ts";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      mind: { type: "string" },
      json: { type: "boolean", default: false },
      only: { type: "string", multiple: true },
      seconds: { type: "string" },
    },
  });
  const { mind, only } = values;
  if (mind === undefined) {
    console.error("Say which mind: --mind MODEL (as Ollama names it), or --mind recall");
    return 2;
  }
  const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
  if (seconds !== undefined && !(seconds > 0)) {
    console.error(`--seconds must be a number above 0: it is "${values.seconds}"`);
    return 2;
  }
  const all = readTasks();
  const unknown = only?.find((id) => !all.some((task) => task.id === id));
  if (unknown !== undefined) {
    console.error(`There is no task "${unknown}". The tasks are ${all.map(({ id }) => id).join(", ")}.`);
    return 2;
  }
  const host = Deno.env.get("OLLAMA_HOST") ?? defaultOllamaHost;
  const minds = mind === "recall"
    ? [new RecallMind()] as const
    : [new OllamaMind({ host }), new RecallMind()] as const;
  await using image = await openEvalImage(minds);
  if (mind !== "recall") {
    const { installed } = await image.door.models();
    if (!installed.some(({ model }) => model === mind || model === `${mind}:latest`)) {
      console.error(
        `Ollama at ${host} does not have "${mind}"; it has ${
          installed.map(({ model }) => model).join(", ") || "none"
        }.`,
      );
      return 6;
    }
    await image.door.command({ command: "SET_SLOT", object: "BRICK", slot: "model", value: mind });
  }
  const tasks = only === undefined ? all : all.filter(({ id }) => only.includes(id));
  const evaluation = await evaluate(image.door, {
    mind,
    tasks,
    ...(seconds === undefined ? {} : { seconds }),
    onResult: ({ id, outcome, tries, seconds, reason }) =>
      console.error(
        `  ${id}: ${outcome}, ${tries} tries, ${seconds.toFixed(1)} s${reason === null ? "" : `: ${reason}`}`,
      ),
  });
  console.log(values.json ? JSON.stringify(evaluation) : inWords(evaluation));
  return 0;
}

function inWords(evaluation: Evaluation): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const {
    mind,
    tasks,
    passAt1,
    passAt3,
    refusals,
    mustRefuse,
    refusedWrongly,
    unanswered,
    meanTries,
    seconds,
  } = evaluation;
  return [
    `${mind}: ${tasks} tasks in ${seconds.toFixed(1)} s, ${meanTries.toFixed(2)} tries each`,
    `  right at the first try    ${percent(passAt1)}`,
    `  right within three        ${percent(passAt3)}`,
    `  refused as must be        ${refusals} of ${mustRefuse}`,
    `  refused and could be done ${refusedWrongly}`,
    `  too slow, or failed       ${unanswered}`,
    ...Object.entries(evaluation.byLevel).map(([level, { tasks, right }]) =>
      `  ${level}: ${right} of ${tasks}`
    ),
  ].join("\n");
}

if (import.meta.main) Deno.exit(await main());
