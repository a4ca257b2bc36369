/** Has a database file written anew in a worker, off the event loop. */
import type { CompactReply } from "./compact_worker.ts";
import { StoreError } from "./errors.ts";

/** @param worker the module `kv/compact_worker.ts`. @throws StoreError `compact_busy`, retryable */
export async function compactApart(worker: URL, path: string): Promise<void> {
  const apart = new Worker(worker, { type: "module", name: "compaction" });
  const reply = Promise.withResolvers<CompactReply>();
  apart.onmessage = ({ data }: MessageEvent<CompactReply>) => reply.resolve(data);
  apart.onerror = (event) => {
    // Unhandled, the error of a worker would end the whole process.
    event.preventDefault();
    reply.resolve({
      message: `Cannot write "${path}" anew: ${event.message}`,
      hint: "It is tried again by itself.",
    });
  };
  try {
    apart.postMessage(path);
    const failure = await reply.promise;
    if (failure === null) return;
    const { message, hint } = failure;
    throw new StoreError("compact_busy", message, { hint, retryable: true, details: { path } });
  } finally {
    apart.terminate();
  }
}
