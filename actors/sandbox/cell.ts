/**
 * One QuickJS runtime with one context that no program has seen: the prelude is in it and nothing of a call yet. It
 * serves one call; then the interpreter puts the memory it lives in back.
 */
import { DefaultIntrinsics } from "quickjs-emscripten-core";
import type {
  QuickJSContext,
  QuickJSHandle,
  QuickJSRuntime,
  QuickJSWASMModule,
} from "quickjs-emscripten-core";
import { DEFAULT_LIMITS } from "./limits.ts";
import { prelude } from "./prelude.ts";
import { preludePowers } from "./prelude_powers.ts";
import { preludeValues } from "./prelude_values.ts";
import type { Grant } from "./protocol.ts";

/** What a program's request comes out as: JSON text, or an error that is raised in the program. */
export type CellAnswer = { readonly text: string } | { readonly error: { name: string; message: string } };

/** The cell's way out. Every function is called from inside a program. */
export interface CellHost {
  read(oid: string): CellAnswer;
  native(request: string): CellAnswer;
  limit(name: string): void;
}

/** Frames of this file are the sandbox's own and are left out of a program's stack. */
export const PRELUDE_LABEL = "telos:prelude";

const PRELUDE_SOURCE = `((read, native, compile, limit, granted) => {
  (${preludePowers})(granted === "" ? {} : JSON.parse(granted));
  const run = (${prelude})({ read, native, compile, limit }, (${preludeValues}));
  const { parse } = JSON;
  return (call, limits) => run(call, parse(limits));
})`;

export class Cell {
  readonly runtime: QuickJSRuntime;
  readonly context: QuickJSContext;
  readonly #entry: QuickJSHandle;

  constructor(module: QuickJSWASMModule, grants: readonly Grant[], host: CellHost) {
    this.runtime = module.newRuntime();
    this.runtime.setMaxStackSize(DEFAULT_LIMITS.stackBytes);
    const clock = grants.includes("clock");
    this.context = this.runtime.newContext({ intrinsics: { ...DefaultIntrinsics, Date: clock } });
    const context = this.context;
    const answer = (given: CellAnswer) =>
      "text" in given ? context.newString(given.text) : { error: context.newError(given.error) };
    const parts = [
      context.newFunction("read", (oid) => answer(host.read(context.getString(oid)))),
      context.newFunction("native", (request) => answer(host.native(context.getString(request)))),
      context.newFunction(
        "compile",
        (source, label) =>
          context.evalCode(`(${context.getString(source)}\n)`, context.getString(label), { strict: true }),
      ),
      context.newFunction("limit", (name) => host.limit(context.getString(name))),
      context.newString(JSON.stringify({ clock, random: grants.includes("random") })),
    ];
    const boot = context.unwrapResult(context.evalCode(PRELUDE_SOURCE, PRELUDE_LABEL, { strict: true }));
    this.#entry = context.unwrapResult(context.callFunction(boot, context.undefined, ...parts));
    for (const part of [boot, ...parts]) part.dispose();
  }

  /** Runs one call. @returns what the prelude answers, or the error that ended even the prelude */
  run(call: string, limits: string): { text: string } | { error: { name: string; message: string } } {
    const context = this.context;
    const callText = context.newString(call);
    const limitText = context.newString(limits);
    const result = context.callFunction(this.#entry, context.undefined, callText, limitText);
    if (result.error !== undefined) return { error: this.describe(result.error) };
    return { text: context.getString(result.value) };
  }

  describe(error: QuickJSHandle): { name: string; message: string; stack: string; line: number } {
    const dumped: unknown = this.context.dump(error);
    if (typeof dumped !== "object" || dumped === null) {
      return { name: "Thrown", message: String(dumped), stack: "", line: 0 };
    }
    const { name, message, stack, lineNumber } = dumped as Record<string, unknown>;
    return {
      name: typeof name === "string" ? name : "Error",
      message: typeof message === "string" ? message : "",
      stack: typeof stack === "string" ? stack : "",
      line: typeof lineNumber === "number" ? lineNumber : 0,
    };
  }
}
