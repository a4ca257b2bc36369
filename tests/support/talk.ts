/** Somebody who follows the stream of an image, and an image in which a mind says what a test lets it. */
import { RecallMind } from "../../actors/minds/mod.ts";
import type { LocalDoor } from "../../ui/door/mod.ts";
import type { StreamEvent } from "../../ui/protocol.ts";
import { healthUntil, openTestImage } from "./image.ts";
import { PacedMind } from "./paced_mind.ts";

/** Somebody who follows the stream; `until` waits for an event that has not been waited for yet. */
export class Follower {
  readonly events: StreamEvent[] = [];
  readonly #controller = new AbortController();
  readonly #ended: Promise<void>;
  #wake = Promise.withResolvers<void>();
  #taken = 0;

  constructor(door: LocalDoor, onOpen: () => void) {
    this.#ended = (async () => {
      for await (const { event } of door.events({ signal: this.#controller.signal, onOpen })) {
        this.events.push(event);
        this.#wake.resolve();
      }
    })();
  }

  static async join(door: LocalDoor): Promise<Follower> {
    const opened = Promise.withResolvers<void>();
    const follower = new Follower(door, opened.resolve);
    await opened.promise;
    return follower;
  }

  async until<Name extends StreamEvent["command"]>(
    name: Name,
  ): Promise<Extract<StreamEvent, { command: Name }>> {
    for (;;) {
      for (; this.#taken < this.events.length; this.#taken++) {
        const event = this.events[this.#taken]!;
        if (event.command === name) {
          this.#taken++;
          return event as Extract<StreamEvent, { command: Name }>;
        }
      }
      this.#wake = Promise.withResolvers<void>();
      await this.#wake.promise;
    }
  }

  async leave(): Promise<void> {
    this.#controller.abort();
    await this.#ended;
  }
}

/** Questions go to ALFRED. */
export async function openTalk() {
  const mind = new PacedMind();
  const test = await openTestImage({ minds: [mind, new RecallMind()] });
  await healthUntil(test.door, (health) => health.mind.name === "ollama");
  const ask = async (text: string, thread?: string) => {
    const question = { command: "USER_QUERY_REQUEST", query_text: text, persona: "ALFRED" } as const;
    const { result } = await test.door.command({ ...question, ...(thread === undefined ? {} : { thread }) });
    return (result as { answer: string }).answer;
  };
  return { ...test, mind, ask, [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() };
}
