/**
 * Takes questions and lets personas answer them, each in a chart of its own: whatever happens to one answer
 * never touches another. An answer ends in a stored exchange or in `ANSWER_ABORTED` with nothing stored. It is long as
 * all that can be asked of it shares one table of runs.
 */
import { v7 } from "uuid";
import { createActor } from "xstate";
import { type Mind, type MindChooser, MindError, reasonOf, RecallMind } from "../minds/mod.ts";
import { checkQuestion, checkRoom } from "./admission.ts";
import { AnswerRun, type AnswerSnapshot } from "./answer_run.ts";
import { OrchestratorError } from "./errors.ts";
import { type OrchestratorLimits, orchestratorLimits } from "./limits.ts";
import { ModelPulls } from "./model_pulls.ts";
import { Places } from "./places.ts";
import type { OrchestratorEvent, OrchestratorPorts } from "./ports.ts";
import type { StepParts } from "./mind_room.ts";
import { type Outcome, queryMachine, type QuerySteps, type Question } from "./query_machine.ts";
import { abortReason, querySteps } from "./query_steps.ts";
import { replaySteps } from "./replay_steps.ts";
import type { Manner } from "./schedule.ts";
import { readSettings } from "./settings.ts";
import { type MissingModel, missingModels, type ModelsReport, type OrchestratorStatus } from "./status.ts";
import { type StructuredAnswer, structuredAnswer, type StructuredRequest } from "./structured.ts";
import { VramBudget } from "./vram_budget.ts";

/** The thread of a question that names none. */
export const defaultThread = "main";

export interface OrchestratorOptions {
  readonly ports: OrchestratorPorts;
  readonly chooser: MindChooser;
  /** Answers when no model can; default: a `RecallMind`. */
  readonly recall?: Mind;
  readonly limits?: Partial<OrchestratorLimits>;
  /** The ids of answers; default: UUIDv7. */
  readonly newId?: () => string;
}

export interface AskRequest {
  readonly text: string;
  /** Names or oids; without any, `@name` in the text, the rules or the steward decide. */
  readonly personas?: readonly string[];
  /** How several answer; default: side by side. */
  readonly manner?: Manner;
  /** Whether several are shown one another's words. */
  readonly deliberate?: boolean;
  readonly thread?: string;
  /** When it was asked, milliseconds since 1970. */
  readonly at: number;
}

export class Orchestrator {
  readonly #ports: OrchestratorPorts;
  readonly #chooser: MindChooser;
  readonly #limits: OrchestratorLimits;
  readonly #newId: () => string;
  readonly #parts: StepParts;
  readonly #pulls: ModelPulls;
  readonly #runs = new Map<string, { readonly run: AnswerRun; readonly cancel: (reason: unknown) => void }>();
  readonly #answers = { complete: 0, aborted: 0, failed: 0 };
  readonly #forget: () => void;
  readonly #closing = new AbortController();
  #looking: Promise<void> = Promise.resolve();
  #budgetBytes = 0;
  #missing: MissingModel[] = [];
  #lastFailure: string | null = null;
  #closed = false;

  constructor(options: OrchestratorOptions) {
    this.#ports = options.ports;
    this.#chooser = options.chooser;
    this.#limits = { ...orchestratorLimits, ...options.limits };
    this.#newId = options.newId ?? v7;
    this.#parts = {
      ports: options.ports,
      chooser: options.chooser,
      recall: options.recall ?? new RecallMind(),
      places: new Places(this.#limits.concurrentMax),
      vram: new VramBudget({ roomMs: this.#limits.roomMs }),
      limits: this.#limits,
    };
    this.#pulls = new ModelPulls({
      pullsMax: this.#limits.pullsMax,
      emit: (event) => this.#tell(event),
      onEnd: () => this.#chooser.suspect(),
    });
    this.#forget = this.#chooser.onChange(() => void this.lookAgain());
    void this.lookAgain();
  }

  /**
   * Answers with the id of the answer as soon as the question is found valid; the rest comes as events.
   * @throws OrchestratorError `question_empty`, `question_too_long`, `too_many_personas`, `unknown_persona`,
   * `persona_invalid`, `no_persona`, `settings_invalid`, `busy`, `orchestrator_closed`
   */
  async ask(request: AskRequest): Promise<{ answer: string }> {
    const { text, personas = [], manner = "side_by_side", deliberate = false, thread, at } = request;
    this.#mustBeOpen();
    checkQuestion({ text, personas }, this.#limits);
    const question = { text, personas, manner, deliberate, thread: thread ?? defaultThread, at };
    return await this.#start(question, (run) => querySteps(run, this.#parts));
  }

  /**
   * Asks the prompt of a stored exchange again, exactly as it was; the second answer is kept beside the first.
   * @throws OrchestratorError `unknown_persona`, `settings_invalid`, `busy`, `orchestrator_closed`; what
   * `OrchestratorPorts.replayable` does
   */
  async replay(request: { readonly exchange: string; readonly at: number }): Promise<{ answer: string }> {
    this.#mustBeOpen();
    const again = await this.#ports.replayable(request.exchange);
    const question = {
      text: again.query_text,
      personas: [again.persona_id],
      thread: again.thread,
      at: request.at,
    };
    return await this.#start(
      { ...question, manner: "side_by_side", deliberate: false },
      (run) => replaySteps(run, this.#parts, again),
    );
  }

  /** @throws OrchestratorError `busy` while an answer is being made in a thread: it is going to be stored there */
  assertQuiet(thread: string): void {
    if (![...this.#runs.values()].some(({ run }) => run.question.thread === thread)) return;
    throw new OrchestratorError("busy", `Cannot change the thread "${thread}" while somebody answers in it`, {
      hint: "Wait until the answer is there, or stop it.",
      retryable: true,
      details: { thread },
    });
  }

  /** An answer of a persona's mind in a given shape, for a part of the system. @throws as `structuredAnswer` does */
  async structured(request: StructuredRequest): Promise<StructuredAnswer> {
    this.#mustBeOpen();
    return await structuredAnswer(this.#parts, request);
  }

  /**
   * Stops an answer: the mind stops and nothing is left behind, unless its commit is already decided. False when
   * there is no such answer, or it is over.
   */
  cancel(answer: string, reason = "Stopped by the person"): boolean {
    const found = this.#runs.get(answer);
    found?.cancel(
      new OrchestratorError("answer_cancelled", reason, { hint: "", details: { answer }, retryable: true }),
    );
    return found !== undefined;
  }

  /**
   * To be called in the very moment in which `PERSONA_RESPONSE_COMPLETE` is published, so that nobody who
   * connects then is shown the answer as running.
   */
  published(answer: string): void {
    this.#runs.get(answer)?.run.conclude();
  }

  /** Answers that have begun and are not over, oldest first. */
  running(): AnswerSnapshot[] {
    return [...this.#runs.values()].flatMap(({ run }) => run.snapshot() ?? []);
  }

  /** Looks at the mind's server and at the personas now. @throws MindError */
  async models(): Promise<ModelsReport> {
    const { mind } = await this.#chooser.fresh();
    const [installed, personas] = await Promise.all([mind.models(), this.#ports.personas()]);
    this.#missing = mind.name !== "ollama" ? [] : missingModels(personas, installed);
    return { mind: mind.name, installed, missing: this.#missing };
  }

  /**
   * Starts fetching a model into the mind's server; progress comes as `MODEL_PULL_PROGRESS`.
   * @throws MindError `mind_unavailable`, `model_name_invalid`; OrchestratorError `busy`, `orchestrator_closed`
   */
  async pull(model: string): Promise<{ model: string }> {
    this.#mustBeOpen();
    const { mind, reason } = await this.#chooser.fresh();
    if (mind.name !== "ollama") {
      throw new MindError(
        "mind_unavailable",
        `Cannot pull "${model}" as no server of models is there: ${reason}`,
        {
          hint: "Start Ollama (`ollama serve`), or set OLLAMA_HOST to where it runs.",
          retryable: true,
          details: { model },
        },
      );
    }
    this.#mustBeOpen();
    this.#pulls.start(mind, model);
    return { model };
  }

  cancelPull(model: string): boolean {
    return this.#pulls.cancel(model);
  }

  /** Never waits. */
  status(): OrchestratorStatus {
    const { mind, host, reason, degraded, models } = this.#chooser.current;
    const places = this.#parts.places;
    const isDegraded = degraded || this.#missing.length > 0;
    return {
      state: this.#closed ? "closed" : isDegraded ? "degraded" : "ready",
      reason: degraded ? reason : this.#lastFailure,
      mind: {
        name: mind.name,
        host,
        reason,
        degraded,
        models: models.map((each) => each.model),
        resting: models.flatMap(({ model, resting }) =>
          resting === undefined ? [] : [{ model, reason: resting }]
        ),
      },
      missing: this.#missing,
      running: places.taken,
      waiting: places.waiting,
      answers: { ...this.#answers },
      vram: { usedBytes: this.#parts.vram.usedBytes, budgetBytes: this.#budgetBytes },
      pulls: this.#pulls.running.map(({ model, status, completed, total }) => ({
        model,
        status,
        completed,
        total,
      })),
    };
  }

  /** Stops all answers and pulls, and waits for those that are being stored. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#forget();
    const all = [...this.#runs.values()];
    for (const each of all) this.cancel(each.run.question.answer, "The image is closing");
    let timer: ReturnType<typeof setTimeout> | undefined;
    const overdue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#limits.closeMs);
    });
    await Promise.race([Promise.all(all.map((each) => each.run.ended.promise)), overdue]);
    clearTimeout(timer);
    this.#closing.abort();
    await this.#looking;
    await this.#pulls.close();
  }

  async #start(
    asked: Omit<Question, "answer">,
    stepsOf: (run: AnswerRun) => QuerySteps,
  ): Promise<{ answer: string }> {
    this.#mustBeOpen();
    checkRoom(this.#runs.size, this.#limits);
    const answer = this.#newId();
    const run = new AnswerRun({ ...asked, answer });
    const machine = queryMachine(stepsOf(run), { answerMs: this.#limits.answerMs });
    const actor = createActor(machine, { id: answer, input: run.question });
    this.#runs.set(answer, {
      run,
      cancel: (reason) => {
        run.cancelled.abort(reason);
        actor.send({ type: "CANCEL", reason });
      },
    });
    actor.subscribe({
      next: (snapshot) => {
        if (snapshot.status === "done" && snapshot.output !== undefined) this.#end(run, snapshot.output);
      },
      // A fault in the chart itself ends this answer, and only this one.
      error: (failure) => this.#end(run, { end: "failed", failure }),
    });
    actor.start();
    await run.accepted.promise;
    return { answer };
  }

  #end(run: AnswerRun, outcome: Outcome): void {
    const { answer } = run.question;
    if (!this.#runs.delete(answer)) return;
    run.conclude();
    run.release();
    this.#answers[outcome.end]++;
    if (outcome.end !== "complete") {
      if (outcome.end === "failed") this.#lastFailure = reasonOf(outcome.failure);
      if (run.isAccepted) {
        this.#tell({ command: "ANSWER_ABORTED", answer, reason: abortReason(outcome.failure) });
      } else run.accepted.reject(outcome.failure);
    }
    run.ended.resolve(outcome);
    if (!this.#closed) void this.lookAgain();
  }

  /** A listener that throws must not take the answer's end, or the process, with it. */
  #tell(event: OrchestratorEvent): void {
    try {
      this.#ports.emit(event);
    } catch (cause) {
      this.#lastFailure = `${event.command} could not be told: ${reasonOf(cause)}`;
    }
  }

  /**
   * Reads in the background, one look after the other, what `status()` shows; to be called when personas or settings
   * have changed. Never rejects.
   */
  lookAgain(): Promise<void> {
    return this.#looking = this.#looking.then(() => this.#refresh()).catch((cause) => {
      if (this.#closing.signal.aborted) return;
      if (cause instanceof MindError) this.#chooser.suspect();
      else this.#lastFailure = reasonOf(cause);
    });
  }

  async #refresh(): Promise<void> {
    if (this.#closed) return;
    const [settings, personas] = await Promise.all([readSettings(this.#ports), this.#ports.personas()]);
    const { mind, models } = this.#chooser.current;
    this.#budgetBytes = settings.vramBudgetBytes;
    this.#missing = mind.name !== "ollama" ? [] : missingModels(personas, models);
    await this.#parts.vram.look(mind, this.#closing.signal);
  }

  #mustBeOpen(): void {
    if (!this.#closed) return;
    throw new OrchestratorError("orchestrator_closed", "The image is closing and takes no more questions", {
      hint: "Start it again.",
    });
  }
}
