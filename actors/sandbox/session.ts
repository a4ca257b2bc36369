/**
 * One call in one process, from the host's side: it hands over what the program may see, answers what the program asks,
 * stops it when its time is over, and lets out nothing that was not checked.
 */
import type { Effect, Json } from "../object/mod.ts";
import {
  MethodError,
  SandboxBreachError,
  SandboxLimitError,
  SandboxUnavailableError,
  UndeclaredEffectError,
} from "./errors.ts";
import { Ledger, undeclared } from "./ledger.ts";
import { FRAME_BYTES_MAX, KILL_GRACE_MS } from "./limits.ts";
import type { SandboxLimits } from "./limits.ts";
import type {
  AnswerFrame,
  EffectBound,
  FromRunner,
  Grant,
  Intent,
  RunnerRequest,
  SandboxObject,
} from "./protocol.ts";
import { ProcessEndedError } from "./runner_process.ts";
import type { RunnerProcess } from "./runner_process.ts";

export interface NativeRequest {
  readonly receiver: string;
  readonly holder: string;
  readonly selector: string;
  readonly native: string;
  readonly arguments: Json[];
  /** Made so far, in order: the native method must see them. */
  readonly intents: Intent[];
  /** The declared effects of the methods that wait for the answer. */
  readonly bounds: EffectBound[];
}

/** What the host answers in the middle of a call. A retryable error ends the call as it is; others reach the program. */
export interface SandboxHost {
  /** An object that the program touches and was not shown; null when it is gone. */
  read(oid: string): Promise<SandboxObject | null>;
  /** A send that found a native method; answers its value and the objects it changed, as they are now. */
  native(request: NativeRequest): Promise<{ value: Json; changed: SandboxObject[] }>;
}

export interface SessionCall {
  readonly receiver: string;
  readonly selector: string;
  readonly arguments: readonly Json[];
  readonly objects: readonly SandboxObject[];
  readonly limits: SandboxLimits;
  readonly effects: readonly Effect[] | undefined;
  readonly grants: readonly Grant[];
}

export interface SandboxAnswer {
  readonly value: Json;
  /** What the program wants to be written, in order. */
  readonly intents: Intent[];
  /** The objects that the program was shown: what its answer may depend on. */
  readonly read: string[];
}

type Answer = AnswerFrame["answer"];

export class Session {
  readonly #process: RunnerProcess;
  readonly #call: SessionCall;
  readonly #host: SandboxHost;
  readonly #ledger: Ledger;
  #hostError: unknown = null;
  /** Set once the process must go: its result, if any, was its last. */
  spent = false;

  constructor(process: RunnerProcess, call: SessionCall, host: SandboxHost) {
    this.#process = process;
    this.#call = call;
    this.#host = host;
    this.#ledger = new Ledger(call.receiver, call.arguments, call);
    for (const object of call.objects) this.#ledger.show(object.oid, object);
  }

  async run(id: number): Promise<SandboxAnswer> {
    try {
      return await this.#converse(id);
    } catch (error) {
      this.spent = this.spent || !this.#process.alive;
      throw error instanceof ProcessEndedError ? this.#errorOfEnding(error) : error;
    }
  }

  async #converse(id: number): Promise<SandboxAnswer> {
    const { limits } = this.#call;
    await this.#send(JSON.stringify({ type: "call", id, ...this.#call, effects: undefined }));
    let remainingMs = limits.deadlineMs + KILL_GRACE_MS;
    for (;;) {
      const startedMs = performance.now();
      const timer = setTimeout(() => this.#process.kill("deadlineMs"), remainingMs);
      let message: FromRunner;
      try {
        message = await this.#process.receive();
      } finally {
        clearTimeout(timer);
      }
      remainingMs = Math.max(1, remainingMs - (performance.now() - startedMs));
      if (message.type === "request" && message.id === id) {
        const answer = await this.#serve(message.request);
        await this.#send(JSON.stringify({ type: "answer", id, answer }));
      } else if (message.type === "result" && message.id === id) {
        this.spent = message.spent;
        return this.#finish(message.outcome);
      } else throw this.#breach(`it said "${message.type}" in the middle of a call`);
    }
  }

  async #send(text: string): Promise<void> {
    try {
      await this.#process.sendText(text);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // The runner may wait for an answer that is too large to be given.
      this.#process.kill("inputBytes");
      throw new SandboxLimitError("inputBytes", FRAME_BYTES_MAX, this.#call);
    }
  }

  async #serve(request: RunnerRequest): Promise<Answer> {
    const fault = this.#ledger.faultOfRequest(request);
    if (fault !== null) throw this.#breach(fault);
    const gone = this.#process.ended.then((ending): never => {
      throw new ProcessEndedError(ending);
    });
    try {
      return await Promise.race([this.#answer(request), gone]);
    } catch (error) {
      if (error instanceof ProcessEndedError) throw error;
      this.#hostError = error;
      const { retryable, name, message } = error as {
        retryable?: unknown;
        name?: unknown;
        message?: unknown;
      };
      if (retryable === true || error instanceof UndeclaredEffectError) return { kind: "stop" };
      return {
        kind: "failed",
        error: { name: String(name).slice(0, 200), message: String(message).slice(0, 4_000) },
      };
    }
  }

  async #answer(request: RunnerRequest): Promise<Answer> {
    if (request.kind === "read") {
      const object = await this.#host.read(request.oid);
      this.#ledger.show(request.oid, object);
      return { kind: "object", object };
    }
    const { value, changed } = await this.#host.native(request);
    this.#mustBeDeclared(request, changed);
    for (const object of changed) this.#ledger.show(object.oid, object);
    this.#ledger.reach(value);
    return { kind: "value", value, changed };
  }

  /** What a native method has done cannot be taken back by the program: the call ends. */
  #mustBeDeclared(request: RunnerRequest & { kind: "native" }, changed: readonly SandboxObject[]): void {
    const { receiver, effects } = this.#call;
    const bounds = effects === undefined
      ? request.bounds
      : [...request.bounds, { receiver, effects: [...effects] }];
    for (const { oid } of changed) {
      const effect = undeclared(bounds, oid);
      if (effect !== null) throw new UndeclaredEffectError(effect, request);
    }
  }

  #finish(outcome: Extract<FromRunner, { type: "result" }>["outcome"]): SandboxAnswer {
    switch (outcome.kind) {
      case "returned": {
        const fault = this.#ledger.faultOfAnswer(outcome.value, outcome.intents);
        if (fault !== null) throw this.#breach(fault);
        return { value: outcome.value, intents: outcome.intents, read: this.#ledger.shown };
      }
      case "failed": {
        const { failure } = outcome;
        if (failure.fromHost === true && this.#hostError !== null) throw this.#hostError;
        const { notUnderstood: missed } = failure;
        const fault = missed === undefined ? null : this.#ledger.faultOfMissed(missed);
        if (fault !== null) throw this.#breach(fault);
        throw new MethodError({
          receiver: failure.receiver,
          selector: failure.selector,
          objects: this.#call.objects,
          name: failure.name,
          reason: failure.message,
          stack: failure.stack,
          ...(failure.notUnderstood === undefined ? {} : { notUnderstood: failure.notUnderstood }),
        });
      }
      case "limit":
        throw new SandboxLimitError(outcome.limit, this.#call.limits[outcome.limit], this.#call);
      case "stopped":
        if (this.#hostError === null) throw this.#breach("it stopped although nobody had stopped it");
        throw this.#hostError;
    }
  }

  #breach(reason: string): SandboxBreachError {
    this.#process.kill(reason, "unsound");
    return new SandboxBreachError(reason, this.#call);
  }

  #errorOfEnding({ ending }: ProcessEndedError): Error {
    if (ending.cause === "killed" && ending.reason === "deadlineMs") {
      return new SandboxLimitError("deadlineMs", this.#call.limits.deadlineMs, this.#call);
    }
    if (ending.cause === "out_of_memory") {
      return new SandboxLimitError("memoryBytes", this.#call.limits.memoryBytes, this.#call);
    }
    if (ending.cause === "unsound") return new SandboxBreachError(ending.reason, this.#call);
    return new SandboxUnavailableError(ending.reason);
  }
}
