/** A living image whose kernel asks a server that plays back prepared answers, and what its tests ask again and again. */
import assert from "node:assert/strict";
import { OllamaMind, RecallMind } from "../../../actors/minds/mod.ts";
import type { CommandInput, LiveEvent } from "../../../ui/protocol.ts";
import { openTestImage, type TestImage, type TestImageOptions } from "../../support/image.ts";
import { type Prepared, type ScriptedOllama, startScriptedOllama } from "../../support/scripted_ollama.ts";

export interface Scene extends AsyncDisposable {
  readonly test: TestImage;
  readonly mind: ScriptedOllama;
  send(receiver: string, selector: string, ...args: unknown[]): Promise<unknown>;
  policy(value: unknown, object?: string): Promise<void>;
}

export async function openScene(
  answers: readonly Prepared[],
  options: TestImageOptions = {},
): Promise<Scene> {
  const mind = startScriptedOllama(...answers);
  const test = await openTestImage({
    ...options,
    minds: [new OllamaMind({ host: mind.host }), new RecallMind()],
  });
  return {
    test,
    mind,
    send: (receiver, selector, ...args) => sendTo(test, receiver, selector, ...args),
    policy: (value, object = "kernel") => setSlot(test, object, "generation", value),
    [Symbol.asyncDispose]: async () => {
      await test[Symbol.asyncDispose]();
      await mind[Symbol.asyncDispose]();
    },
  };
}

export async function sendTo(test: TestImage, receiver: string, selector: string, ...args: unknown[]) {
  const command = { command: "SEND", receiver, selector, arguments: args } as CommandInput;
  return (await test.door.command(command)).result;
}

export async function setSlot(test: TestImage, object: string, slot: string, value: unknown): Promise<void> {
  await test.door.command({ command: "SET_SLOT", object, slot, value } as CommandInput);
}

/** A sound proposal for `square`, which has a width: its area times a depth. */
export const volume = {
  source: '(self, depth) => self.get("width") * self.get("height") * depth',
  doc: "Width times height times a depth.",
  effects: [],
  examples: [{ slots: { width: 2, height: 3 }, arguments: [4], answer: 24 }],
};

/** One that writes. */
export const grow = {
  source: '(self, by) => { self.set("width", self.get("width") + by); return self.get("width"); }',
  doc: "Makes it wider.",
  effects: ["writes_self"],
  examples: [{ slots: { width: 2 }, arguments: [3], answer: 5, after: { width: 5 } }],
};

export async function failure(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  assert.fail("it was expected to fail, and did not");
}

/** What the stream says of generations from now on. */
export function watchStages(test: TestImage) {
  const controller = new AbortController();
  const stages: Extract<LiveEvent, { command: "KERNEL_STAGE" }>[] = [];
  const opened = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const { event } of test.door.events({ signal: controller.signal, onOpen: opened.resolve })) {
      if (event.command === "KERNEL_STAGE") stages.push(event);
    }
  })();
  return {
    stages,
    opened: opened.promise,
    close: async () => {
      controller.abort();
      await reading;
    },
  };
}

/** The thoughts of the log from the newest. */
export async function newest(test: TestImage, limit = 5) {
  return await test.door.log({ newest: true, limit });
}
