/** What a caller of the sandbox may catch: the program failed, hit a bound, broke out of its part, or found no process. */
import { ImageError } from "../errors.ts";
import type { Effect, Json } from "../object/mod.ts";
import type { SandboxLimitName } from "./limits.ts";

/** Whose method it was, and what it was shown: for a person, an object is its name. */
export interface FailedCall {
  readonly receiver: string;
  readonly selector: string;
  readonly objects?: readonly { readonly oid: string; readonly name: string | null }[];
}

export interface MethodFailure extends FailedCall {
  /** The program's own error: its name and message. */
  readonly name: string;
  readonly reason: string;
  /** Frames of image methods only, innermost first: `at holder>>selector:line:column`. */
  readonly stack: string;
  /** Set when the failure was a message that nobody along the chain understands. */
  readonly notUnderstood?: MissedMessage;
}

/** A message that a program sent and for which its receiver has no method. */
export interface MissedMessage {
  readonly receiver: string;
  readonly selector: string;
  /** Null when they could not be told. */
  readonly arguments: readonly Json[] | null;
}

/** `method "area" of "square"` */
function methodInWords({ receiver, selector, objects = [] }: FailedCall): string {
  const name = objects.find(({ oid }) => oid === receiver)?.name ?? receiver;
  return `method "${selector}" of "${name}"`;
}

/** A method written in the image raised an error, or answered what cannot leave the sandbox. */
export class MethodError extends ImageError {
  readonly receiver: string;
  readonly selector: string;
  readonly programStack: string;
  readonly notUnderstood: MissedMessage | null;

  constructor({ objects, ...failure }: MethodFailure) {
    const method = methodInWords({ ...failure, ...(objects === undefined ? {} : { objects }) });
    super("method_failed", `The ${method} failed: ${failure.name}: ${failure.reason}`, {
      hint: "Correct the method's source; nothing was changed.",
      details: { ...failure },
    });
    this.receiver = failure.receiver;
    this.selector = failure.selector;
    this.programStack = failure.stack;
    this.notUnderstood = failure.notUnderstood ?? null;
  }
}

const LIMIT_HINTS: Record<SandboxLimitName | "heapBytes" | "inputBytes" | "nesting", string> = {
  deadlineMs: "Make the method do less, or look for a loop that does not end.",
  memoryBytes: "Keep less at a time.",
  stackBytes: "Look for a recursion that does not end, or make it a loop.",
  outputBytes: "Answer or write less.",
  sends: "Send fewer messages in one call.",
  depth: "Look for methods that send to each other without end.",
  intents: "Write fewer slots in one call.",
  requests: "Touch fewer objects in one call.",
  heapBytes: "Keep less at a time.",
  inputBytes: "Hand over smaller arguments, or keep less in the receiver's slots.",
  nesting: "Look for native methods and image methods that call each other without end.",
};

/** What must hold, for a person. */
const LIMIT_WORDS: Record<keyof typeof LIMIT_HINTS, (figure: number) => string> = {
  deadlineMs: (ms) => `it must be done within ${ms / 1_000} s`,
  memoryBytes: (bytes) => `it must take <= ${bytes} bytes of memory`,
  stackBytes: (bytes) => `its stack must be <= ${bytes} bytes`,
  outputBytes: (bytes) => `what it answers and writes must be <= ${bytes} bytes`,
  sends: (count) => `it must send <= ${count} messages`,
  depth: (count) => `methods must be <= ${count} deep inside one another`,
  intents: (count) => `it must write <= ${count} slots`,
  requests: (count) => `it must touch <= ${count} objects`,
  heapBytes: (bytes) => `it must take <= ${bytes} bytes of memory`,
  inputBytes: (bytes) => `what it is given must be <= ${bytes} bytes`,
  nesting: (count) => `native methods and those of the image must be <= ${count} deep inside one another`,
};

/** A program went over one of its bounds and was stopped. */
export class SandboxLimitError extends ImageError {
  readonly limit: keyof typeof LIMIT_HINTS;
  readonly figure: number;

  constructor(limit: keyof typeof LIMIT_HINTS, figure: number, call: FailedCall) {
    const { receiver, selector } = call;
    super("sandbox_limit", `The ${methodInWords(call)} was stopped as ${LIMIT_WORDS[limit](figure)}`, {
      hint: LIMIT_HINTS[limit],
      details: { limit, figure, receiver, selector },
    });
    this.limit = limit;
    this.figure = figure;
  }
}

/** The process said something that a sound one cannot say; it was killed and nothing of what it said is used. */
export class SandboxBreachError extends ImageError {
  constructor(reason: string, call: FailedCall) {
    const { receiver, selector } = call;
    super("sandbox_breach", `The sandbox of the ${methodInWords(call)} was closed as ${reason}`, {
      hint: "Do not run this method again before its source was looked at.",
      details: { reason, receiver, selector },
    });
  }
}

/** A native method that a program sent to has changed what the program had not declared to change. */
export class UndeclaredEffectError extends ImageError {
  constructor(effect: Effect, call: { receiver: string; selector: string }) {
    super(
      "undeclared_effect",
      `Cannot run "${call.selector}" of "${call.receiver}" here as the effect "${effect}" was not declared`,
      {
        hint: "Declare the effect at the method that sends it, or send something else.",
        details: { effect, receiver: call.receiver, selector: call.selector },
      },
    );
  }
}

/** No process could serve the call; nothing was changed. */
export class SandboxUnavailableError extends ImageError {
  constructor(reason: string, details: Record<string, unknown> = {}) {
    super("sandbox_unavailable", `No sandbox can run the method: ${reason}`, {
      hint: "Try again in a moment; if it stays, look at the reason in the status.",
      retryable: true,
      details: { reason, ...details },
    });
  }
}
