/** What the kernel needs of the rest of the image: a persona's mind, and memories about a text. */
import { UnavailableError } from "../errors.ts";
import type { KernelOptions } from "../kernel/mod.ts";
import type { Orchestrator } from "../orchestrator/mod.ts";
import { KERNEL_MEMORIES, KERNEL_MEMORIES_WAIT_MS } from "./limits.ts";
import type { Memories } from "./memories.ts";

export interface KernelPortsOptions {
  readonly memories: Memories;
  /** @throws {UnavailableError} while it is not running */
  readonly orchestrator: () => Orchestrator;
}

export function kernelPorts(options: KernelPortsOptions): Pick<KernelOptions, "askMind" | "recall"> {
  return {
    askMind: async (request) => await options.orchestrator().structured(request),
    recall: async (query, signal) => {
      try {
        const patience = AbortSignal.any([signal, AbortSignal.timeout(KERNEL_MEMORIES_WAIT_MS)]);
        return await options.memories.recall(query, KERNEL_MEMORIES, { signal: patience });
      } catch (error) {
        signal.throwIfAborted();
        // A method can be made without memories, and need not wait for a model that makes vectors.
        const isLate = error instanceof DOMException && error.name === "TimeoutError";
        if (isLate || error instanceof UnavailableError) return [];
        throw error;
      }
    },
  };
}
