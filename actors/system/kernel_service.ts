/**
 * The kernel as a part of the system: what it needs of the rest of the image, and how it is started and stopped. A fault
 * of its own, which no caller hears of, starts it anew; what is under way then is given up.
 */
import { ImageError, UnavailableError } from "../errors.ts";
import { Kernel, type KernelOptions } from "../kernel/mod.ts";
import type { Orchestrator } from "../orchestrator/mod.ts";
import { KERNEL_MEMORIES, KERNEL_MEMORIES_WAIT_MS } from "./limits.ts";
import type { Memories } from "./memories.ts";
import type { Service } from "./supervised.ts";

export interface KernelServiceOptions
  extends Pick<KernelOptions, "world" | "runner" | "compile" | "clock" | "emit" | "onError"> {
  readonly memories: Memories;
  /** @throws {UnavailableError} while it is not running */
  readonly orchestrator: () => Orchestrator;
}

export function kernelService(options: KernelServiceOptions): Service<Kernel> {
  return {
    name: "kernel",
    start: ({ fail }) => {
      const onError = (error: unknown) => {
        options.onError(error);
        // What the image refuses is no fault of the kernel.
        if (!(error instanceof ImageError)) fail(error);
      };
      return Promise.resolve(new Kernel({ ...options, ...kernelPorts(options), onError }));
    },
    stop: (kernel) => kernel.close(),
  };
}

function kernelPorts(options: KernelServiceOptions): Pick<KernelOptions, "askMind" | "recall"> {
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
