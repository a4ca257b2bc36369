/**
 * The same prompt again: the steps of the query chart for a second answer to exactly what a model was sent before.
 * Nothing is looked up and nobody is chosen; the model must be there, as another one would answer something else.
 */
import { MindError } from "../minds/mod.ts";
import type { AnswerRun } from "./answer_run.ts";
import { type StepParts, takeMind } from "./mind_room.ts";
import { modelName, planOf } from "./plan.ts";
import type { Replayable } from "./ports.ts";
import type { QuerySteps } from "./query_machine.ts";
import { overdue } from "./query_steps.ts";
import { findPersona } from "./routing.ts";
import { isSaid } from "./said.ts";
import { readSettings } from "./settings.ts";
import { generateRequest, start, utter } from "./speaking.ts";

export function replaySteps(run: AnswerRun, parts: StepParts, again: Replayable): QuerySteps {
  const { ports, limits } = parts;
  const { prompt, memories, exchange } = again;
  return {
    async validate() {
      const [personas, settings] = await Promise.all([ports.personas(), readSettings(ports)]);
      const persona = findPersona(personas, again.persona_id);
      run.accept();
      return {
        personas,
        settings,
        asked: [{ ...persona, model: prompt.model }],
        text: again.query_text,
        note: "",
      };
    },

    async wait(signal) {
      run.hold(await parts.places.take(signal), signal);
    },

    recall: () => Promise.resolve({ memories, history: [] }),

    cast({ ground }) {
      const speaker = ground.asked[0]!;
      const reason = `${speaker.name}: the same prompt again`;
      return Promise.resolve({
        personas: [speaker],
        speaker,
        manner: "side_by_side",
        deliberate: false,
        reason,
      });
    },

    async speak({ ground, cast, round }, signal) {
      const { settings, personas } = ground;
      const persona = cast.speaker;
      const room = await takeMind(parts, { persona, personas, settings }, signal);
      try {
        const { found, unloaded } = room;
        if (found.model === null || modelName(persona, found.model) !== prompt.model) {
          throw gone(prompt.model, found.note);
        }
        const plan = planOf({
          question: again.query_text,
          persona,
          why: cast.reason,
          found,
          unloaded,
          prompt: {
            messages: prompt.messages,
            memories,
            leftOut: { memories: 0, exchanges: 0 },
            tokens: prompt.tokens,
            options: { ...prompt.options },
          },
        });
        start(run, parts, persona, { ...plan, mind: plan.mind.name, replay_of: exchange });
        const tokens = plan.mind.generate(generateRequest(plan, signal));
        return [await utter(run, parts, round[0]!, plan, tokens, signal)];
      } finally {
        room.release();
      }
    },

    async store({ question, said }) {
      const { plan, text, tokens, usage, model } = said.find(isSaid)!;
      await ports.storeReplay({
        answer: question.answer,
        exchange,
        persona_id: plan.persona.oid,
        persona_name: plan.persona.name,
        mind: plan.mind.name,
        model,
        text,
        tokens,
        usage,
        at: question.at,
      }, run.cancelled.signal);
    },

    overdue: () => overdue(limits.answerMs),
  };
}

function gone(model: string, note: string | null): MindError {
  return new MindError(
    "model_missing",
    `Cannot ask the same again as "${model}" is not there: ${note ?? "it is gone"}`,
    {
      hint: `Pull "${model}" again, or ask the question anew.`,
      retryable: true,
      details: { model },
    },
  );
}
