/** The budget of memory against a real server: many switches between real models, cut short and interrupted. */
import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { MindError, OllamaMind } from "../../../actors/minds/mod.ts";
import { VramBudget } from "../../../actors/orchestrator/mod.ts";
import { ollamaParts, type RealOllama, startOllama } from "../../support/ollama.ts";
import { testWithParts } from "../../support/parts.ts";
import { chooseSeed, randomFrom } from "../../support/random.ts";

const switchesMin = 200;
/** The server is killed and started again when so many are done. */
const restartAfter = 100;
const askersMax = 3;
const cancelledShare = 0.2;
/** From asking for room on: while waiting for it, while loading, or in mid-answer. */
const cancelWithinMs = 400;
const sampleEveryMs = 10;
/** One thread: on a busy machine several wait for one another at every token. */
const options = { num_ctx: 128, num_predict: 2, num_thread: 1, temperature: 0 };
const messages = [{ role: "user" as const, content: "Hi" }];
const never = new AbortController().signal;

testWithParts(
  "OR22 over 200 switches between four models, with cancels and a restart, the list never shows more than the budget",
  await ollamaParts(),
  async () => {
    const random = randomFrom(chooseSeed("switches of models"));
    await using ollama = await startOllama({ withModel: false, env: { OLLAMA_NUM_PARALLEL: "1" } });
    const models = ["one", "two", "three", "four"];
    for (const model of models) await ollama.create(model, { distinct: true, layers: 1 });
    const mind = new OllamaMind({ host: ollama.host });
    const bytes = await sizeOf(mind, "one");
    const budgetBytes = Math.round(bytes * 2.5);
    const budget = new VramBudget({ roomMs: 60_000 });
    const restart = new Restart(ollama);
    const sampler = new Sampler(mind, restart);
    const tally = { switches: 0, answers: 0, cancelled: 0, interrupted: 0 };

    const use = async (): Promise<void> => {
      const model = models[Math.floor(random() * models.length)]!;
      const stop = new AbortController();
      const leave = () => stop.abort(new Error("the person left"));
      const timer = random() < cancelledShare ? setTimeout(leave, random() * cancelWithinMs) : undefined;
      const { signal } = stop;
      const began = restart.count;
      try {
        const size = { declaredBytes: bytes, fileBytes: 1, contextTokens: options.num_ctx };
        const room = await budget.acquire({
          mind,
          model,
          ...size,
          budgetBytes,
          keep: new Set(),
          signal,
        });
        try {
          const isSwitch = !(await mind.loaded()).some((each) => each.model === `${model}:latest`);
          for await (const _part of mind.generate({ model, messages, options, memories: [], signal })) {
            continue;
          }
          tally.answers++;
          if (isSwitch) tally.switches++;
        } finally {
          room.release();
        }
      } catch (cause) {
        if (signal.aborted) tally.cancelled++;
        else if (cause instanceof MindError && restart.touches(began)) tally.interrupted++;
        else throw cause;
      } finally {
        clearTimeout(timer);
      }
    };
    const asker = async (): Promise<void> => {
      while (tally.switches < switchesMin) {
        if (tally.switches >= restartAfter && restart.count === 0) await restart.run();
        await restart.over;
        await use();
      }
    };
    await Promise.all(Array.from({ length: askersMax }, asker));
    await sampler.stop();
    console.log({ ...tally, samples: sampler.samples, most: sampler.mostBytes, budgetBytes });
    assert.ok(
      sampler.mostBytes <= budgetBytes,
      `the list showed ${sampler.mostBytes} bytes of ${budgetBytes}`,
    );
    assert.ok(sampler.mostBytes >= 2 * bytes, "several were loaded at a time");
    assert.ok(tally.cancelled > 0, "some were cancelled");
    assert.ok(sampler.samples > switchesMin, `only ${sampler.samples} looks at the list`);
    assert.equal(restart.count, 1);
  },
);

/** One restart of the server, and which requests it may have broken. */
class Restart {
  /** How many have begun. */
  count = 0;
  over: Promise<void> = Promise.resolve();
  #isUnderWay = false;
  readonly #ollama: RealOllama;

  constructor(ollama: RealOllama) {
    this.#ollama = ollama;
  }

  async run(): Promise<void> {
    this.count++;
    this.#isUnderWay = true;
    this.over = this.#ollama.kill().then(() => this.#ollama.restart());
    await this.over;
    this.#isUnderWay = false;
  }

  /** Whether it fell into something that began when `count` was so many. */
  touches(count: number): boolean {
    return this.#isUnderWay || this.count > count;
  }
}

/** Reads the server's own list as often as it can, until it is stopped. */
class Sampler {
  mostBytes = 0;
  samples = 0;
  #isRunning = true;
  readonly #done: Promise<void>;

  constructor(mind: OllamaMind, restart: Restart) {
    this.#done = this.#run(mind, restart);
  }

  /** @throws what a look failed with, unless the server was being restarted */
  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.#done;
  }

  async #run(mind: OllamaMind, restart: Restart): Promise<void> {
    while (this.#isRunning) {
      const began = restart.count;
      try {
        const loaded = await mind.loaded();
        this.mostBytes = Math.max(this.mostBytes, loaded.reduce((sum, each) => sum + each.bytes, 0));
        this.samples++;
      } catch (cause) {
        if (!restart.touches(began)) throw cause;
      }
      await wait(sampleEveryMs);
    }
  }
}

/** What one model takes when it is loaded with these options. */
async function sizeOf(mind: OllamaMind, model: string): Promise<number> {
  const request = { model, messages, options, memories: [], signal: never };
  for await (const _part of mind.generate(request)) continue;
  const bytes = (await mind.loaded())[0]?.bytes ?? 0;
  await mind.unload(model);
  return bytes;
}
