/**
 * QuickJS for one process: it runs one call at a time in a cell and stops a program at its bounds. Between calls the
 * whole memory of QuickJS is put back, byte for byte, to what it was before the first program came, so that nothing
 * of a call can be found by the next, whether it came to its end or was stopped. Only what memory does not hold can
 * leave the interpreter spent: then its process must not serve another call.
 */
import { newQuickJSWASMModuleFromVariant, newVariant } from "quickjs-emscripten-core";
import type { QuickJSSyncVariant, QuickJSWASMModule } from "quickjs-emscripten-core";
import untypedVariant from "@jitl/quickjs-wasmfile-release-sync";
import { BoundedMemory } from "./bounded_memory.ts";
import { Cell, PRELUDE_LABEL } from "./cell.ts";
import type { CellAnswer } from "./cell.ts";
import {
  CALLS_PER_PROCESS_MAX,
  CHECK_DEADLINE_MS,
  DEFAULT_LIMITS,
  ERROR_TEXT_MAX,
  PROCESS_MEMORY_BYTES_MAX,
  SELECTOR_LENGTH_MAX,
  VALUE_DEPTH_MAX,
} from "./limits.ts";
import type { SandboxLimitName, SandboxLimits } from "./limits.ts";
import type { AnswerFrame, CallFrame, Outcome, RunnerRequest, SourceCheck } from "./protocol.ts";

/** Asks the host in the middle of a call and waits for its answer. */
export type Ask = (request: RunnerRequest) => AnswerFrame["answer"];

interface Running {
  readonly ask: Ask;
  readonly limits: SandboxLimits;
  readonly startedMs: number;
  /** Time in which the host was at work. */
  hostMs: number;
  stopped: SandboxLimitName | "stop" | null;
}

/** The package's types describe its CommonJS form, in which the variant is one level deeper than in this one. */
const variant = untypedVariant as unknown as QuickJSSyncVariant;

const ONE_FUNCTION = 'a method is one function, such as (self, amount) => self.get("x") + amount';

/** Frames of image methods, without those of the sandbox itself. */
function programFrames(stack: string): string {
  return stack.split("\n").map((line) => line.trim())
    .filter((line) => line.startsWith("at ") && !line.includes(PRELUDE_LABEL) && !line.includes("(native)"))
    .join("\n");
}

export class Interpreter {
  readonly #module: QuickJSWASMModule;
  readonly #memory: BoundedMemory;
  readonly #now: () => number;
  readonly #cell: Cell;
  /** The memory as it was with a fresh cell, without the zeros at its end. */
  readonly #fresh: Uint8Array;
  #clean = true;
  #running: Running | null = null;
  #calls = 0;
  #spent = false;

  private constructor(module: QuickJSWASMModule, memory: BoundedMemory, now: () => number) {
    this.#module = module;
    this.#memory = memory;
    this.#now = now;
    this.#cell = this.#makeCell([]);
    this.#fresh = memory.copy();
  }

  static async load(wasm: Uint8Array<ArrayBuffer>, now: () => number): Promise<Interpreter> {
    const memory = new BoundedMemory();
    const module = await newQuickJSWASMModuleFromVariant(
      newVariant(variant, { wasmBinary: wasm.slice().buffer, wasmMemory: memory.memory }),
    );
    return new Interpreter(module, memory, now);
  }

  /** True when the process must not serve another call. */
  get spent(): boolean {
    return this.#spent || this.#calls >= CALLS_PER_PROCESS_MAX ||
      this.#memory.byteLength > PROCESS_MEMORY_BYTES_MAX;
  }

  /** Puts the memory back, so that the next call need not wait for it. */
  prepare(): void {
    if (this.#clean) return;
    this.#memory.restore(this.#fresh);
    this.#clean = true;
  }

  run(call: CallFrame, ask: Ask): Outcome {
    const { limits } = call;
    const cell = this.#take(call.grants);
    const callText = JSON.stringify({
      receiver: call.receiver,
      selector: call.selector,
      arguments: call.arguments,
      objects: call.objects,
    });
    this.#boundMemory(cell, limits.memoryBytes + 4 * callText.length);
    cell.runtime.setMaxStackSize(limits.stackBytes);
    const running = this.#begin(limits, ask);
    try {
      const given = cell.run(
        callText,
        JSON.stringify({ ...limits, valueDepth: VALUE_DEPTH_MAX, selectorLength: SELECTOR_LENGTH_MAX }),
      );
      return this.#outcome(running, given);
    } catch (error) {
      return this.#breakdown(error, call);
    } finally {
      this.#running = null;
    }
  }

  /** Compiles a source, and evaluates it as far as to see that it is one function. */
  check(source: string): SourceCheck {
    const cell = this.#take([]);
    this.#boundMemory(cell, DEFAULT_LIMITS.memoryBytes);
    const refuse = (): never => {
      throw new Error("a source that is only checked cannot ask for anything");
    };
    this.#begin({ ...DEFAULT_LIMITS, deadlineMs: CHECK_DEADLINE_MS }, refuse);
    try {
      return this.#check(cell, source);
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof WebAssembly.RuntimeError)) throw error;
      this.#spent = true;
      return { ok: false, message: "it is nested too deeply, or too large", line: 1, column: 1 };
    } finally {
      this.#running = null;
    }
  }

  #check(cell: Cell, source: string): SourceCheck {
    const { context } = cell;
    const refused = (message: string, line = 1, column = 1): SourceCheck => ({
      ok: false,
      message,
      line,
      column,
    });
    const compiled = context.evalCode(`(${source}\n)`, "method", { strict: true, compileOnly: true });
    if (compiled.error !== undefined) {
      const { message, stack } = cell.describe(compiled.error);
      const at = /method:(\d+):(\d+)/.exec(stack);
      const line = Number(at?.[1] ?? 1);
      // The wrapping parenthesis stands before the first line and behind the last.
      const column = Math.max(1, Number(at?.[2] ?? 1) - (line === 1 ? 1 : 0));
      return refused(message.slice(0, ERROR_TEXT_MAX), line, column);
    }
    compiled.value.dispose();
    const alone = context.evalCode(`(0 ? ${source}\n: 0)`, "method", { strict: true, compileOnly: true });
    if (alone.error !== undefined) {
      alone.error.dispose();
      return refused(ONE_FUNCTION);
    }
    alone.value.dispose();
    const kindOf = context.unwrapResult(context.evalCode(`(() => {
      const { getPrototypeOf } = Object, plain = Function.prototype;
      const text = plain.call.bind(plain.toString), starts = plain.call.bind("".startsWith);
      return (f) => typeof f !== "function" ? "no" : getPrototypeOf(f) !== plain ? "async" :
        starts(text(f), "class") ? "no" : "yes";
    })()`));
    const made = context.evalCode(`(${source}\n)`, "method", { strict: true });
    if (made.error !== undefined) {
      const { message } = cell.describe(made.error);
      return refused(`${ONE_FUNCTION}; evaluating it failed: ${message}`.slice(0, ERROR_TEXT_MAX));
    }
    const kind = context.getString(
      context.unwrapResult(context.callFunction(kindOf, context.undefined, made.value)),
    );
    made.value.dispose();
    kindOf.dispose();
    if (kind === "async") {
      return refused("a method is a plain function: async functions and generators cannot run");
    }
    return kind === "yes" ? { ok: true } : refused(ONE_FUNCTION);
  }

  #begin(limits: SandboxLimits, ask: Ask): Running {
    this.#calls++;
    return this.#running = { ask, limits, startedMs: this.#now(), hostMs: 0, stopped: null };
  }

  #take(grants: CallFrame["grants"]): Cell {
    this.prepare();
    this.#clean = false;
    return grants.length > 0 ? this.#makeCell(grants) : this.#cell;
  }

  /** QuickJS's own limit stops one large request at once; many small ones are stopped where the memory would grow. */
  #boundMemory(cell: Cell, bytes: number): void {
    cell.runtime.setMemoryLimit(bytes);
    this.#memory.limit(this.#fresh.byteLength + bytes);
  }

  #makeCell(grants: CallFrame["grants"]): Cell {
    const cell = new Cell(this.#module, grants, {
      read: (oid) => this.#request({ kind: "read", oid }),
      native: (request) => this.#request({ kind: "native", ...JSON.parse(request) }),
      limit: (name) => {
        if (this.#running !== null) this.#running.stopped ??= name as SandboxLimitName;
      },
    });
    cell.runtime.setInterruptHandler(() => this.#mustStop());
    return cell;
  }

  #mustStop(): boolean {
    const running = this.#running;
    if (running === null) return false;
    if (
      running.stopped === null && this.#now() - running.startedMs - running.hostMs > running.limits.deadlineMs
    ) {
      running.stopped = "deadlineMs";
    }
    return running.stopped !== null;
  }

  #request(request: RunnerRequest): CellAnswer {
    const running = this.#running;
    if (running === null || running.stopped !== null) {
      return { error: { name: "Error", message: "the call is over" } };
    }
    const askedMs = this.#now();
    const answer = running.ask(request);
    running.hostMs += this.#now() - askedMs;
    switch (answer.kind) {
      case "object":
        return { text: JSON.stringify(answer.object) };
      case "value":
        return { text: JSON.stringify({ value: answer.value, changed: answer.changed }) };
      case "failed":
        return { error: answer.error };
      case "stop":
        running.stopped = "stop";
        return { error: { name: "Error", message: "the call was stopped" } };
    }
  }

  /** What of QuickJS's state was not in its memory is lost: the process must go. */
  #breakdown(error: unknown, call: CallFrame): Outcome {
    this.#spent = true;
    // V8 met the end of its own stack inside QuickJS.
    if (error instanceof RangeError) return this.#limit("stackBytes", call.limits);
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    // QuickJS does not survive every place in which there is no memory left.
    if (this.#memory.refused) return this.#limit("memoryBytes", call.limits);
    const { receiver, selector } = call;
    const message = `the interpreter broke down: ${error.message}`.slice(0, ERROR_TEXT_MAX);
    return { kind: "failed", failure: { name: "InternalError", message, stack: "", receiver, selector } };
  }

  #limit(limit: SandboxLimitName, limits: SandboxLimits): Outcome {
    return { kind: "limit", limit, figure: limits[limit] };
  }

  #outcome(
    running: Running,
    given: { text: string } | { error: { name: string; message: string } },
  ): Outcome {
    const { limits } = running;
    if (running.stopped === "stop") return { kind: "stopped" };
    if (running.stopped !== null) return this.#limit(running.stopped, limits);
    const outcome = "text" in given ? JSON.parse(given.text) as Outcome : null;
    const error = "error" in given ? given.error : outcome?.kind === "failed" ? outcome.failure : null;
    if (error?.name === "InternalError" && error.message === "out of memory") {
      return this.#limit("memoryBytes", limits);
    }
    // There was not even the memory for an error: QuickJS raises null then.
    if (error?.name === "Thrown" && error.message === "null" && this.#memory.refused) {
      return this.#limit("memoryBytes", limits);
    }
    if (error?.message === "stack overflow") return this.#limit("stackBytes", limits);
    // An error that ended even the prelude can only be one of those two whose text could not be made any more.
    if (outcome === null) return this.#limit("memoryBytes", limits);
    if (outcome.kind !== "failed") return outcome;
    return { ...outcome, failure: { ...outcome.failure, stack: programFrames(outcome.failure.stack) } };
  }
}
