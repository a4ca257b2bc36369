/** The worker in which a database file is written anew: told its path once, it answers once. */
import { compactFile } from "./compact_file.ts";
import { StoreError } from "./errors.ts";

/** What it answers: nothing, or why it could not. */
export type CompactReply = null | { readonly message: string; readonly hint: string };

interface Scope {
  onmessage: ((event: MessageEvent<string>) => void) | null;
  postMessage(reply: CompactReply): void;
}

function serveIn(scope: Scope): void {
  scope.onmessage = ({ data }) => {
    try {
      compactFile(data);
      scope.postMessage(null);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      scope.postMessage({ message: error.message, hint: error.hint });
    }
  };
}

serveIn(globalThis as unknown as Scope);
