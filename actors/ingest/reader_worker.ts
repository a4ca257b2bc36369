/** Reads files, takes mail apart and cuts texts in a worker, a bounded number of entries at a time, when it is asked. */
import type { Entry } from "./entry.ts";
import { READ_MS } from "./limits.ts";
import { readSource, totalsOf } from "./read_source.ts";
import type { ReaderReply, ReaderRequest } from "./reader_messages.ts";
import { messageOf } from "./walk_files.ts";

class Reading {
  #entries: AsyncGenerator<Entry> | null = null;

  async answer(request: ReaderRequest): Promise<ReaderReply> {
    if (request.type === "open") {
      this.#entries = readSource(request.root, request.after);
      return { type: "opened", totals: await totalsOf(request.root) };
    }
    if (this.#entries === null) throw new Error("nothing was opened");
    const entries: Entry[] = [];
    const until = performance.now() + READ_MS;
    while (entries.length < request.entries && performance.now() < until) {
      const { done, value } = await this.#entries.next();
      if (done) return { type: "entries", entries, end: true };
      entries.push(value);
    }
    return { type: "entries", entries, end: false };
  }
}

/** The scope of a dedicated worker, as far as it is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ReaderRequest>) => Promise<void>) | null;
  postMessage(message: ReaderReply): void;
}

const scope = globalThis as unknown as WorkerScope;
const reading = new Reading();

scope.onmessage = async ({ data }) => {
  let reply: ReaderReply;
  try {
    reply = await reading.answer(data);
  } catch (error) {
    reply = { type: "failed", message: messageOf(error) };
  }
  scope.postMessage(reply);
};
