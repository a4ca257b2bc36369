/**
 * The generative kernel: when an object is sent what nobody along its chain understands, it has a method made for it,
 * proved and, as the policy says, installed or proposed. It looks after what it made: a method that fails in use is
 * marked and repaired, one that proves itself is proposed for the parent. It is long, as all that is asked of it passes
 * through here.
 */
import { v7 as uuidv7 } from "uuid";
import { NotUnderstoodError } from "../errors.ts";
import { lookup, type MethodSlot } from "../object/mod.ts";
import { MethodError } from "../sandbox/mod.ts";
import type { IdempotencyKey, Outcome } from "../world/mod.ts";
import { keys } from "../../kv/mod.ts";
import { Approvals } from "./approvals.ts";
import { checkExamples, type ExamplesReport } from "./check_examples.ts";
import { KernelError } from "./errors.ts";
import type { Task } from "./gather.ts";
import { Generation, reasonOf } from "./generation.ts";
import type { GenerationParts, StageRecord } from "./ports.ts";
import { Lifting } from "./lifting.ts";
import { GENERATIONS_MAX, METHODS_PER_MESSAGE_MAX, REASON_LENGTH_MAX, REPAIRS_MAX } from "./limits.ts";
import { type Missed, missedIn } from "./missed.ts";
import { choiceOf, policyFor, readKernelSettings } from "./policy.ts";
import { findWaiting } from "./proposals.ts";

/** A stage of a generation, as the stream tells it. */
export interface KernelEvent extends StageRecord {
  readonly command: "KERNEL_STAGE";
  readonly generation: string;
  readonly receiver: string;
  readonly selector: string;
}

export interface KernelOptions extends GenerationParts {
  /** Must neither wait nor throw. */
  readonly emit: (event: KernelEvent) => void;
  /** Hears what went wrong where nobody waits for an answer. */
  readonly onError: (error: unknown) => void;
}

/** A message as somebody sent it. */
export interface SentMessage {
  readonly receiver: string;
  readonly selector: string;
  readonly arguments: readonly unknown[];
  readonly who: string;
  readonly idempotencyKey?: IdempotencyKey | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface KernelStatus {
  readonly running: number;
  readonly installed: number;
  readonly proposed: number;
  readonly failed: number;
}

export class Kernel {
  readonly approvals: Approvals;
  readonly #options: KernelOptions;
  readonly #running = new Map<string, Generation>();
  readonly #lifting: Lifting;
  readonly #counts = { installed: 0, proposed: 0, failed: 0 };
  /** Repairs that began by themselves, and what they wait for. */
  readonly #background = new Set<Promise<void>>();
  #closed = false;

  constructor(options: KernelOptions) {
    this.#options = options;
    this.approvals = new Approvals(options);
    this.#lifting = new Lifting(options, options.onError);
  }

  get status(): KernelStatus {
    return { running: this.#running.size, ...this.#counts };
  }

  /**
   * Sends the message with `deliver`; when nobody understands it, or what a method of the image sends to answer it, has
   * a method made.
   * @returns the answer, or a reference to the proposal that waits for a yes
   * @throws what `deliver` throws; {KernelError} `generation_failed`, `generation_refused`, `kernel_busy`
   */
  async send(message: SentMessage, deliver: () => Promise<Outcome<unknown>>): Promise<Outcome<unknown>> {
    for (let made = 0;; made++) {
      try {
        const outcome = await deliver();
        this.#inBackground(() => this.#lifting.served(message));
        return outcome;
      } catch (error) {
        const isLast = this.#closed || made >= METHODS_PER_MESSAGE_MAX;
        const missed = isLast ? null : await missedIn(this.#options.world, error, message);
        if (missed === null) {
          if (error instanceof MethodError) this.#inBackground(() => this.#failedInUse(error, message));
          throw error;
        }
        const settled = await this.#rescue(missed, message);
        if (settled !== null) return settled;
      }
    }
  }

  /** Runs the examples that methods keep: of one object, or of the whole image. */
  check(name: string | undefined, signal?: AbortSignal): Promise<ExamplesReport> {
    return checkExamples(this.#options, name, signal);
  }

  /** Resolves when nothing is being recorded, repaired or lifted. */
  async settled(): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background);
  }

  /** @returns false when there is no such generation under way that can still be stopped */
  stop(id: string): boolean {
    const generation = [...this.#running.values()].find((each) => each.id === id);
    if (generation === undefined) return false;
    const { label, task } = generation;
    return generation.cancel(
      new KernelError(
        "generation_stopped",
        `No method "${task.selector}" was made for "${label}" as somebody stopped it`,
        { hint: "Send the message again to have it tried again, or write the method yourself." },
      ),
    );
  }

  /** Ends what is under way; nothing of it is kept. */
  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#running.values()];
    for (const each of all) {
      each.cancel(
        new KernelError("kernel_closed", "The image is closing", { hint: "Send it again.", retryable: true }),
      );
    }
    await Promise.all([...all.map(({ outcome }) => outcome), ...this.#background]);
    await this.#lifting.save().catch(this.#options.onError);
  }

  /** @returns what the message comes to, or null when it is to be sent again as there is a method now */
  async #rescue(missed: Missed, message: SentMessage): Promise<Outcome<unknown> | null> {
    const { world } = this.#options;
    const { receiver, selector } = missed;
    const waiting = await findWaiting(world, { kind: "method", holder: receiver, selector });
    if (waiting !== null) return this.#unchanged({ $ref: waiting.oid });
    const task: Task = {
      kind: "method",
      receiver,
      holder: receiver,
      selector,
      arguments: missed.arguments,
      message: {
        receiver: await world.resolve(message.receiver),
        selector: message.selector,
        arguments: message.arguments,
      },
      who: message.who,
      broken: null,
    };
    const { generation, isNew } = await this.#start(task, missed.error, message.idempotencyKey);
    const outcome = await generation.join(message.signal);
    if (outcome.end === "failed") throw generation.errorOf(outcome.failure);
    const { settled } = outcome;
    // Who joined has a message of their own, for which there is a method now.
    if (!settled.answered || !isNew && settled.end === "installed") return null;
    const { position, at, changed, value } = settled;
    return isNew ? { position, at, changed, value } : this.#unchanged(value);
  }

  async #start(
    task: Task,
    missing: NotUnderstoodError | null,
    idempotencyKey?: IdempotencyKey,
  ): Promise<{ generation: Generation; isNew: boolean }> {
    const key = `${task.holder} ${task.selector}`;
    const settings = await readKernelSettings(this.#options.world);
    const running = this.#running.get(key);
    if (running !== undefined) return { generation: running, isNew: false };
    if (this.#closed) {
      throw new KernelError("kernel_closed", "The image is closing", {
        hint: "Send it again.",
        retryable: true,
      });
    }
    if (this.#running.size >= GENERATIONS_MAX) {
      throw new KernelError(
        "kernel_busy",
        `Cannot make a method "${task.selector}" as ${GENERATIONS_MAX} others are being made`,
        { hint: "Wait until one is done and send it again.", retryable: true, details: { GENERATIONS_MAX } },
      );
    }
    const id = uuidv7();
    const generation: Generation = new Generation(this.#options, {
      id,
      task,
      settings,
      missing,
      idempotencyKey,
      onStage: (record) => this.#tell(id, task, () => generation.label, record),
    });
    this.#running.set(key, generation);
    this.#inBackground(async () => {
      const outcome = await generation.outcome;
      this.#running.delete(key);
      if (outcome.end === "settled") this.#counts[outcome.settled.end]++;
      else await this.#recordFailure(generation, outcome.failure);
    });
    return { generation, isNew: true };
  }

  /** Where each generation that is under way is now: for who joins the stream. */
  underWay(): KernelEvent[] {
    return [...this.#running.values()].flatMap(({ id, task, label, stages }) => {
      const record = stages.at(-1);
      return record === undefined ? [] : [stageEvent(id, task, () => label, record)];
    });
  }

  #tell(generation: string, task: Task, label: () => string, record: StageRecord): void {
    this.#options.emit(stageEvent(generation, task, label, record));
  }

  /** One record in the log, which changes no object. That nobody could be asked is no failure of a proposal. */
  async #recordFailure(generation: Generation, failure: unknown): Promise<void> {
    if (failure instanceof NotUnderstoodError) return;
    this.#counts.failed++;
    const { task, stages, label } = generation;
    const reason = reasonOf(failure).slice(0, REASON_LENGTH_MAX);
    const detail = {
      generation: generation.id,
      receiver: task.receiver,
      selector: task.selector,
      stages,
      reason,
    };
    const why = `no method ${task.selector} for ${label}`.slice(0, 400);
    await this.#options.world.thought({ who: task.who, why, kind: "failed", detail }, (tx) => {
      tx.thought.set(keys.meta("kernel"), { lastFailure: generation.id });
      return Promise.resolve();
    });
  }

  /** A generated method that fails is marked; then it is repaired under the same policy, a bounded number of times. */
  async #failedInUse(error: MethodError, message: SentMessage): Promise<void> {
    const { world } = this.#options;
    const { selector } = error;
    const receiver = await world.find(error.receiver);
    if (receiver === null) return;
    const found = await world.look((contextOf) => lookup(receiver, selector, contextOf));
    if (found === null || found.slot.kind !== "method" || found.slot.provenance === undefined) return;
    const times = await this.#mark(found.holder, selector, error.message);
    if (times === null || times > REPAIRS_MAX) return;
    if (choiceOf(await policyFor(world, receiver), []) === "never") return;
    if (await findWaiting(world, { kind: "repair", holder: found.holder, selector }) !== null) return;
    const isTheMessage = selector === message.selector && receiver === await world.find(message.receiver);
    const task: Task = {
      kind: "repair",
      receiver,
      holder: found.holder,
      selector,
      arguments: isTheMessage ? message.arguments : null,
      message: isTheMessage ? { receiver, selector, arguments: message.arguments } : null,
      who: "kernel",
      broken: {
        source: found.slot.source,
        reason: error.message.slice(0, REASON_LENGTH_MAX),
        editor: found.slot.provenance.editor,
      },
    };
    this.#inBackground(async () => void await (await this.#start(task, null)).generation.outcome);
  }

  /** @returns how often it has failed now; null when it is no generated method any more */
  async #mark(holder: string, selector: string, reason: string): Promise<number | null> {
    const { world, clock } = this.#options;
    const at = clock();
    const info = { who: "kernel", why: `mark ${selector} as failed`, kind: "kernel" };
    const { value } = await world.thought(info, async (tx) => {
      const slot = (await tx.require(holder)).slots[selector];
      if (slot?.kind !== "method" || slot.provenance === undefined) return null;
      const times = (slot.provenance.failed?.times ?? 0) + 1;
      const failed = { at, reason: reason.slice(0, REASON_LENGTH_MAX), times };
      const marked: MethodSlot = { ...slot, provenance: { ...slot.provenance, failed } };
      tx.stage(holder, { type: "SLOT_SET", slot: selector, value: marked });
      return times;
    });
    return value;
  }

  #unchanged(value: unknown): Outcome<unknown> {
    return { position: this.#options.world.store.position, at: 0, changed: false, value };
  }

  #inBackground(work: () => Promise<void>): void {
    if (this.#closed) return;
    const running: Promise<void> = work().catch((error) => {
      if (!this.#closed) this.#options.onError(error);
    }).finally(() => this.#background.delete(running));
    this.#background.add(running);
  }
}

/** The receiver is named once it was read. */
function stageEvent(generation: string, task: Task, label: () => string, record: StageRecord): KernelEvent {
  const receiver = record.stage === "gathering" ? task.receiver : label();
  return { command: "KERNEL_STAGE", generation, receiver, selector: task.selector, ...record };
}
