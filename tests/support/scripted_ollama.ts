/**
 * A server that speaks Ollama's protocol over HTTP and plays back prepared answers, one after the other, whatever it
 * is asked; the last is repeated. What it was asked is kept.
 */
import { type BadOllama, type Behaviour, installed, says, startBadOllama } from "./bad_ollama.ts";

export type Prepared = string | Record<string, unknown> | Behaviour;

export interface ScriptedOllama extends BadOllama {
  /** The chats so far: messages and the format that was demanded. */
  readonly chats: readonly Chat[];
  /** Puts other answers in place of those that are left. */
  prepare(...answers: Prepared[]): void;
}

export interface Chat {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly format?: unknown;
}

export function startScriptedOllama(...answers: Prepared[]): ScriptedOllama {
  let left = [...answers];
  const chats: Chat[] = [];
  const server = startBadOllama({
    "/api/tags": installed,
    "/api/chat": (request, body) => {
      const chat = body as Chat;
      // Without messages it is asked to load or to unload.
      if (chat.messages.length === 0) return says("")(request, body);
      chats.push(chat);
      const next = left.length > 1 ? left.shift()! : left[0] ?? "{}";
      return behaviourOf(next)(request, body);
    },
  });
  return {
    host: server.host,
    requests: server.requests,
    chats,
    prepare: (...more) => left = [...more],
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function behaviourOf(answer: Prepared): Behaviour {
  if (typeof answer === "function") return answer;
  const text = typeof answer === "string" ? answer : JSON.stringify(answer);
  const middle = Math.ceil(text.length / 2);
  return says(text.slice(0, middle), text.slice(middle));
}
