/**
 * The worker of the questions: holds what can be an answer, answers requests in order. It reads nothing and reaches
 * nothing. What is not a `HypervectorError` ends it, and its keeper says so.
 */
import { HypervectorError } from "../../vector/hypervector/mod.ts";
import type { CodebookAnswer, CodebookReply, CodebookRequest } from "./codebook_messages.ts";
import { QuestionedObjects } from "./questioned_objects.ts";

interface Scope {
  onmessage: ((event: MessageEvent<CodebookRequest & { readonly id: number }>) => void) | null;
  postMessage(reply: CodebookReply): void;
}

function serveIn(scope: Scope): void {
  let objects: QuestionedObjects | null = null;

  const answer = (request: CodebookRequest): CodebookAnswer => {
    if (request.type === "begin") {
      objects = new QuestionedObjects(request.space, request.kernel);
      return null;
    }
    if (objects === null) throw new Error(`The worker was asked for "${request.type}" before it was begun`);
    switch (request.type) {
      case "put":
        for (const each of request.objects) objects.put(each);
        return null;
      case "role":
        return objects.nearestRole(request.query, request.least);
      case "filler":
        return objects.nearestFiller(request.query, request.least);
      case "holders":
        return objects.holders(request.role, request.values);
    }
  };

  scope.onmessage = ({ data }) => {
    try {
      const found = answer(data);
      scope.postMessage({ ok: true, id: data.id, answer: found, figures: objects!.figures });
    } catch (error) {
      if (!(error instanceof HypervectorError)) throw error;
      scope.postMessage({ ok: false, id: data.id, reason: error.message });
    }
  };
}

serveIn(globalThis as unknown as Scope);
