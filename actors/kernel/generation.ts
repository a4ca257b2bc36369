/**
 * One generation as it runs: the chart with its steps over the image, the record of its stages, and those who wait for
 * it. It ends when it is settled, when it fails, or when nobody waits for it any more.
 */
import { type Actor, createActor } from "xstate";
import type { NotUnderstoodError } from "../errors.ts";
import { ImageError } from "../errors.ts";
import { type IdempotencyKey, runImageMethod } from "../world/mod.ts";
import { claimOf, isItsOwn } from "./claim_of.ts";
import { KernelError, ProposalFault, RefusedByMind } from "./errors.ts";
import { gather, type Gathered, type Task } from "./gather.ts";
import {
  generationMachine,
  type GenerationOutcome,
  type GenerationSteps,
  type Proved,
  type Settled,
  type Stage,
} from "./generation_machine.ts";
import { REASON_LENGTH_MAX } from "./limits.ts";
import { mustBeKnown } from "./must_be_known.ts";
import { choiceOf, type KernelSettings, policyFor } from "./policy.ts";
import type { GenerationParts, StageRecord } from "./ports.ts";
import { provenanceOf } from "./provenance.ts";
import { createProposal, refusalsOf } from "./proposals.ts";
import { prove, stageMethod } from "./scratch.ts";
import { checkSource } from "./static_check.ts";
import { borrowable, write, type Written } from "./writer.ts";

export interface GenerationOptions {
  readonly id: string;
  readonly task: Task;
  readonly settings: KernelSettings;
  /** What the caller would be told without a kernel. */
  readonly missing: NotUnderstoodError | null;
  readonly idempotencyKey?: IdempotencyKey | undefined;
  readonly onStage: (record: StageRecord) => void;
}

export class Generation {
  readonly task: Task;
  readonly id: string;
  readonly outcome: Promise<GenerationOutcome>;
  readonly stages: StageRecord[] = [];
  readonly #options: GenerationOptions;
  readonly #parts: GenerationParts;
  readonly #actor: Actor<ReturnType<typeof generationMachine>>;
  #label: string;
  #waiting = 0;

  constructor(parts: GenerationParts, options: GenerationOptions) {
    this.#parts = parts;
    this.#options = options;
    this.task = options.task;
    this.id = options.id;
    this.#label = options.task.receiver;
    const { tries, deadlineMs } = options.settings;
    // A method that fails is not mended by one of another object.
    const borrowed = (gathered: Gathered | null) =>
      options.task.kind === "repair" || gathered === null ? 0 : borrowable(gathered).length;
    const machine = generationMachine(this.#steps(), {
      tries: (gathered) => tries + borrowed(gathered),
      deadlineMs,
    });
    this.#actor = createActor(machine, { id: options.id });
    this.outcome = this.#run();
  }

  /** The receiver's name, once it was read. */
  get label(): string {
    return this.#label;
  }

  /** Waits for the end with others; when the last of them leaves, it is given up. */
  async join(signal: AbortSignal | undefined): Promise<GenerationOutcome> {
    this.#waiting++;
    const left = Promise.withResolvers<never>();
    const leave = () => {
      if (--this.#waiting === 0) this.cancel(signal?.reason);
      left.reject(signal?.reason);
    };
    if (signal?.aborted) leave();
    else signal?.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.race([this.outcome, left.promise]);
    } finally {
      signal?.removeEventListener("abort", leave);
    }
  }

  /** @returns false when it is over, or being installed or proposed: then the store decides */
  cancel(reason: unknown): boolean {
    const isInTime = this.#actor.getSnapshot().matches("working");
    this.#actor.send({ type: "CANCEL", reason });
    return isInTime;
  }

  #run(): Promise<GenerationOutcome> {
    const began = performance.now();
    let last = "";
    const { promise, resolve } = Promise.withResolvers<GenerationOutcome>();
    this.#actor.subscribe({
      next: (snapshot) => {
        const { attempt, faults } = snapshot.context;
        const stage = stageOf(snapshot.value);
        if (stage !== null && last !== `${stage} ${attempt}`) {
          last = `${stage} ${attempt}`;
          const fault = stage === "failed" ? reasonOf(snapshot.context.failure) : faults.at(-1)?.message;
          const isNews = stage === "failed" || (stage === "proposing" && fault !== undefined);
          const record: StageRecord = {
            stage,
            attempt,
            ms: Math.round(performance.now() - began),
            ...(isNews ? { fault: fault!.slice(0, REASON_LENGTH_MAX) } : {}),
          };
          this.stages.push(record);
          this.#options.onStage(record);
        }
        if (snapshot.status === "done" && snapshot.output !== undefined) resolve(snapshot.output);
      },
      error: (failure) => resolve({ end: "failed", failure }),
    });
    this.#actor.start();
    return promise;
  }

  #steps(): GenerationSteps {
    const { task, settings, missing } = this.#options;
    const { world, recall, askMind } = this.#parts;
    const refusals = (_receiver: string, selector: string) =>
      refusalsOf(world, { holder: task.holder, selector });
    return {
      gather: async (signal) => {
        const gathered = await gather({ world, recall, refusals }, task, signal);
        this.#label = gathered.label;
        return gathered;
      },
      propose: (input, signal) =>
        write({ askMind, persona: settings.persona, tries: settings.tries, missing }, task, input, signal),
      check: async (written) => await this.#check(written),
      prove: (written, signal) => prove(this.#parts, claimOf(task, written), signal),
      decide: async (written) => {
        const choice = choiceOf(await policyFor(world, task.receiver), written.effects);
        // What a person wrote is not written over without a yes.
        const mustAsk = written.composed || task.broken?.editor !== undefined;
        return mustAsk && choice === "auto" ? "ask" : choice;
      },
      install: (proved, signal) => this.#install(proved, signal),
      ask: (proved) => this.#ask(proved),
      overdue: () =>
        new KernelError(
          "generation_failed",
          this.#sentence(`it took longer than ${settings.deadlineMs} ms`),
          {
            hint: "Try again, give the kernel more seconds, or write the method yourself.",
            details: { ...this.#details(), deadlineMs: settings.deadlineMs },
          },
        ),
      forbidden: ({ effects }) =>
        new KernelError(
          "generation_refused",
          this.#sentence(`the policy forbids its effects: ${effects.join(", ") || "none"}`),
          {
            hint: 'Change the slot "generation" of the object or of "kernel", or write the method yourself.',
            details: { ...this.#details(), effects },
          },
        ),
    };
  }

  async #check(written: Written): Promise<void> {
    checkSource(written.source, written.effects);
    const verdict = await this.#parts.compile(written.source);
    if (verdict.ok) return;
    throw new ProposalFault(
      "syntax",
      `The source does not compile: line ${verdict.line ?? 1}: ${verdict.message ?? "it is no function"}`,
    );
  }

  /**
   * One thought: proved again against what is there now, installed, and the message answered by it. Where that needs
   * yet another method, only this one is installed.
   */
  async #install({ written, attempts, gathered, evidence }: Proved, signal: AbortSignal): Promise<Settled> {
    const { task, idempotencyKey } = this.#options;
    const message = evidence.call === null ? null : task.message;
    const { world, runner } = this.#parts;
    const provenance = await provenanceOf(written, {
      attempts,
      gathered,
      approver: "auto",
      at: this.#parts.clock(),
    });
    const why = `${task.kind === "repair" ? "repair" : "learn"} ${this.#label} ${task.selector}`;
    const outcome = await world.thought(this.#info(task.who, why, written), async (tx) => {
      await mustBeKnown(tx, { world, provenance, sentence: (reason) => this.#sentence(reason) });
      const claim = claimOf(task, written);
      await prove(this.#parts, claim, signal);
      await stageMethod(tx, claim, provenance);
      if (message === null) return null;
      const { natives } = world;
      const { receiver: oid, selector, arguments: args } = message;
      return await runImageMethod({ tx, natives, runner, oid, selector, args, signal });
    }, message === null ? {} : { idempotencyKey });
    return { end: "installed", answered: message !== null, ...outcome };
  }

  async #ask({ written, attempts, gathered, evidence }: Proved): Promise<Settled> {
    const { task, idempotencyKey } = this.#options;
    const { world, clock } = this.#parts;
    const provenance = await provenanceOf(written, { attempts, gathered, approver: "", at: clock() });
    const why = `propose ${task.selector} for ${this.#label}`;
    const outcome = await world.thought(this.#info(task.who, why, written), async (tx) => {
      await mustBeKnown(tx, { world, provenance, sentence: (reason) => this.#sentence(reason) });
      const oid = await createProposal(tx, {
        kind: task.kind,
        receiver: task.receiver,
        holder: task.holder,
        selector: task.selector,
        arguments: task.arguments === null ? null : [...task.arguments] as never[],
        message: isItsOwn(task)
          ? null
          : { ...task.message!, arguments: [...task.message!.arguments] as never[] },
        source: written.source,
        doc: written.doc,
        effects: [...written.effects],
        examples: [...written.examples],
        results: evidence as never,
        similar: [
          ...(task.broken === null ? [] : [{ label: "as it is now", source: task.broken.source }]),
          ...gathered.similar.map(({ label, method }) => ({ label, source: method.source })),
        ],
        provenance,
        asked_by: task.who,
        as_of: gathered.position,
      }, clock());
      return { $ref: oid };
    }, { idempotencyKey });
    return { end: "proposed", answered: true, ...outcome };
  }

  /** What the log keeps of it. */
  #info(who: string, why: string, written: Written) {
    const { persona, model } = written.by;
    return {
      who,
      why,
      kind: "kernel",
      ...(persona === null ? {} : { persona }),
      ...(model === null ? {} : { model }),
      detail: this.#details(),
    };
  }

  #details() {
    const { receiver, selector } = this.task;
    return { generation: this.id, receiver, selector, stages: this.stages.map((each) => ({ ...each })) };
  }

  #sentence(reason: string): string {
    return `Cannot make a method "${this.task.selector}" for "${this.#label}" as ${reason}`;
  }

  /** What the caller is told of a failure: typed as it is, or what was wrong with the last attempt. */
  errorOf(failure: unknown): unknown {
    if (failure instanceof RefusedByMind) {
      return new KernelError("generation_refused", this.#sentence(`its writer refuses: ${failure.message}`), {
        hint: "Write the method yourself if it is right all the same.",
        details: this.#details(),
        cause: failure,
      });
    }
    if (!(failure instanceof ProposalFault)) return failure;
    const attempts = this.stages.at(-1)?.attempt ?? 1;
    return new KernelError(
      "generation_failed",
      this.#sentence(
        `no proposal held in ${attempts} ${attempts === 1 ? "try" : "tries"}; the last: ${failure.message}`,
      ),
      {
        hint: "Send it again, give the kernel another persona or more tries, or write the method yourself.",
        details: { ...this.#details(), attempts },
        cause: failure,
      },
    );
  }
}

function stageOf(value: unknown): Stage | null {
  if (typeof value === "string") return value as Stage;
  const inner = (value as { working?: string }).working;
  return inner === undefined || inner === "decided" ? null : inner as Stage;
}

/** One line for people out of anything that was thrown. */
export function reasonOf(failure: unknown): string {
  if (failure instanceof ImageError || failure instanceof Error) return failure.message;
  return String(failure ?? "it was given up");
}
