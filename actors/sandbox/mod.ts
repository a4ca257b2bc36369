/**
 * Methods written in the image, run where they can do no harm.
 *
 * A method is one function expression: `(self, ...args) => …`. It is synchronous. `self` is the receiver; what it
 * may use, and the same on every object it comes to hold:
 *
 * - `self.get(slot)`: the value along the delegation chain, `undefined` when there is none; a fresh copy each time
 * - `self.set(slot, value)`, `self.remove(slot)`: an own slot; seen at once by the program, written when it is done
 * - `self.has(slot)`, `self.oid`, `self.name`
 * - `self.send(selector, ...args)`: found along `parent*`, left to right, depth first, each object once
 * - `self.resend(selector, ...args)`: goes on behind the holder of the running method
 *
 * Data is JSON; a reference is the object itself. There is no time and no chance unless granted, no file, network,
 * process or environment, and nothing of an earlier call.
 */
export {
  MethodError,
  SandboxBreachError,
  SandboxLimitError,
  SandboxUnavailableError,
  UndeclaredEffectError,
} from "./errors.ts";
export type { MethodFailure, MissedMessage } from "./errors.ts";
export { DEFAULT_LIMITS, LIMIT_CEILINGS, V8_HEAP_MB, V8_STACK_KB } from "./limits.ts";
export type { SandboxLimits } from "./limits.ts";
export type { Grant, Intent, SandboxObject, SandboxSlot, SourceCheck } from "./protocol.ts";
export { Sandbox } from "./sandbox.ts";
export type { SandboxCall, SandboxOptions, SandboxStatus } from "./sandbox.ts";
export type { NativeRequest, SandboxAnswer, SandboxHost } from "./session.ts";
