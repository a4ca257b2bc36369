/** A program that means harm, and what must come of it. One is in each file of this folder. */
import type { Effect, Json } from "../../../actors/object/mod.ts";
import type { Grant, Intent, SandboxLimits } from "../../../actors/sandbox/mod.ts";

export interface HostileProgram {
  readonly title: string;
  readonly source: string;
  readonly limits?: Partial<SandboxLimits>;
  /** All that it declares; absent: nothing was declared, and writing is not bounded. */
  readonly effects?: readonly Effect[];
  readonly grants?: readonly Grant[];
  readonly expect:
    | { readonly error: "sandbox_limit"; readonly limits: readonly (keyof SandboxLimits)[] }
    /** `words` is a pattern that the message matches. */
    | { readonly error: "method_failed"; readonly words?: string }
    /** It does no harm, answers this, and intends this where it is said. */
    | { readonly value: Json; readonly intents?: readonly Intent[] };
  /** The next call in the same process, and what it must answer as if nobody had been there before. */
  readonly next?: { readonly source: string; readonly value: Json };
}
