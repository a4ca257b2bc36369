/**
 * The bounds of one sandboxed call and of the processes that serve calls. A call may ask for less or for more than
 * the defaults, never for more than the ceilings.
 */

/** What one call may use. */
export interface SandboxLimits {
  /** Time of the program itself, milliseconds; time in which the host answers a request is not counted. */
  readonly deadlineMs: number;
  /** Memory beyond what a fresh context takes, bytes; 13 MiB are there in any case. */
  readonly memoryBytes: number;
  /** QuickJS stack, bytes. */
  readonly stackBytes: number;
  /** JSON text of the answer, of one written value and of all intents together, bytes. */
  readonly outputBytes: number;
  /** Messages sent by programs. */
  readonly sends: number;
  /** Methods inside methods. */
  readonly depth: number;
  /** Slots written and removed. */
  readonly intents: number;
  /** Objects asked for and native methods called. */
  readonly requests: number;
}

export type SandboxLimitName = keyof SandboxLimits;

export const DEFAULT_LIMITS: SandboxLimits = {
  deadlineMs: 1_000,
  memoryBytes: 32 * 1024 * 1024,
  stackBytes: 256 * 1024,
  outputBytes: 1024 * 1024,
  sends: 1_000_000,
  depth: 100,
  intents: 10_000,
  requests: 10_000,
};

export const LIMIT_CEILINGS: SandboxLimits = {
  deadlineMs: 60_000,
  memoryBytes: 256 * 1024 * 1024,
  stackBytes: 256 * 1024,
  outputBytes: 8 * 1024 * 1024,
  sends: 100_000_000,
  depth: 200,
  intents: 100_000,
  requests: 100_000,
};

/** Nesting of a value that goes into or out of a program. */
export const VALUE_DEPTH_MAX = 32;
/** A slot name or a selector, UTF-16 units. */
export const SELECTOR_LENGTH_MAX = 200;
/** One frame between host and runner, bytes: the largest answer with its intents, or the objects shown up front. */
export const FRAME_BYTES_MAX = 32 * 1024 * 1024;
/** Source of one method, UTF-16 units. */
export const SOURCE_LENGTH_MAX = 1_048_576;
/** Text of an error that a program raised, and of its stack, UTF-16 units. */
export const ERROR_TEXT_MAX = 8_192;
/** Beyond the deadline the host waits this long before it kills the process, milliseconds. */
export const KILL_GRACE_MS = 120;
/** Compiling one source, milliseconds. */
export const CHECK_DEADLINE_MS = 500;
/** A process that is not ready by then is given up, milliseconds. */
export const START_TIMEOUT_MS = 15_000;
/** Calls that run side by side. */
export const POOL_SIZE = 2;
/** Calls that wait for a process. */
export const QUEUE_MAX = 1_000;
/** A call that waited this long is refused, milliseconds. */
export const QUEUE_TIMEOUT_MS = 10_000;
/** A native method may send to an image method again, which needs a process of its own, so many levels deep. */
export const NESTING_MAX = 4;
/** A process is replaced after so many calls. */
export const CALLS_PER_PROCESS_MAX = 20_000;
/** A process whose memory has grown to this is replaced after the call, bytes. */
export const PROCESS_MEMORY_BYTES_MAX = 32 * 1024 * 1024;
/** V8 heap of one process, MiB. */
export const V8_HEAP_MB = 128;
/** V8 stack of one process, KiB: enough for QuickJS to meet its own bound first. */
export const V8_STACK_KB = 2_000;
/** Wait after the n-th process in a row that died while starting: BASE × 2^(n-1), at most MAX; milliseconds. */
export const BACKOFF_BASE_MS = 100;
export const BACKOFF_MAX_MS = 10_000;
/** What is kept of a process's standard error, bytes. */
export const STDERR_BYTES_MAX = 4_096;
