/**
 * What TelOS adds to a model: before its first token (the question over HTTP, recall with a real embedding, routing, prompt,
 * room in the memory of the models), and to each token; and how soon a model stops. The server is the real one.
 */
import { Ollama } from "ollama/browser";
import { ollamaParts, startOllama } from "../../tests/support/ollama.ts";
import { AnswerStream, type SeenEvent } from "./answer_stream.ts";
import { modelsFolder } from "./living_image.ts";
import type { Row } from "./row.ts";
import { type ServedImage, serveImage, untilAnswered } from "./served_image.ts";
import { median, percentile, rounded, seededRandom } from "./statistics.ts";
import { startTokenSource, type TokenSource, wallClock } from "./token_source.ts";

const MEMORIES = 500;
const MEMORIES_A_THOUGHT = 100;
const OWN_COST_MS = 60;
const ADDED_MS = 2;
const CANCEL_MS = 200;
const TOKENS_BEFORE_CANCEL = 3;
const SEED = 6;
const MODELS = ["phi3:3.8b", "mistral:7b", "gemma2:9b", "qwen2:7b"];
/** About 35 tokens a second, as a small model on two cores. */
const PAUSE_MS = { least: 18, most: 38 };
const FEW_WORDS = 3;
const MANY_WORDS = 150;
const PLACES = ["harbour", "kitchen", "library", "garden", "workshop", "attic", "station", "market"];

function readyServer(folder: string, host: string): Promise<ServedImage> {
  return serveImage(folder, { OLLAMA_HOST: host, TELOS_MODELS: modelsFolder() });
}

async function untilReady(served: ServedImage): Promise<void> {
  await untilAnswered(served, "/health", (body) => {
    const { ready, mind } = body as {
      ready: { embedder: { state: string } };
      mind: { name: string };
    };
    return mind.name === "ollama" && ready.embedder.state === "ready";
  });
}

/** One question, to its stored end. @returns when it was sent */
async function ask(stream: AnswerStream, text: string): Promise<{ askedAt: number; answer: string }> {
  const askedAt = wallClock();
  const result = await stream.command({ command: "USER_QUERY_REQUEST", query_text: text });
  return { askedAt, answer: (result as { answer: string }).answer };
}

async function untilOver(stream: AnswerStream, answer: string): Promise<void> {
  const end = await stream.until((event) =>
    event.answer === answer && ["PERSONA_RESPONSE_COMPLETE", "ANSWER_ABORTED"].includes(event.command)
  );
  if (end.command === "ANSWER_ABORTED") throw new Error(`An answer was aborted: ${end.reason}`);
}

export const firstTokenRow: Row = {
  row: "first-token",
  what: "own cost before the first token, without a model that routes, p95",
  unit: "ms",
  bound: "at most",
  required: 1,
  async measure({ full, folder, say }) {
    await using source = startTokenSource({ models: MODELS, words: FEW_WORDS, pauseMs: () => 0 });
    await using served = await readyServer(`${folder}/image`, source.host);
    await untilReady(served);
    await using stream = await AnswerStream.join(served.url);
    await stream.command({ command: "SET_SLOT", object: "orchestrator", slot: "router", value: "rules" });
    for (let at = 0; at < MEMORIES; at += MEMORIES_A_THOUGHT) {
      const memories = Array.from({ length: MEMORIES_A_THOUGHT }, (_, each) => ({
        text: `On day ${at + each} the ${PLACES[each % PLACES.length]} held ${each * 7} boxes and letter ${
          at + each
        }.`,
      }));
      await stream.command({ command: "REMEMBER_MANY", memories });
    }
    say(`${MEMORIES} memories`);
    const answers = full ? 300 : 100;
    const warmUp = 10;
    const before: number[] = [];
    const after: number[] = [];
    for (let at = 0; at < warmUp + answers; at++) {
      const [words, asked] = [source.writtenAt.length, source.askedAt.length];
      const { askedAt, answer } = await ask(
        stream,
        `What did the ${PLACES[at % PLACES.length]} hold on day ${at}?`,
      );
      await untilOver(stream, answer);
      const first = await stream.until((event) =>
        event.command === "PERSONA_RESPONSE_PARTIAL" && event.answer === answer
      );
      if (at < warmUp) continue;
      before.push(source.askedAt[asked]! - askedAt);
      after.push(first.seenAt - source.writtenAt[words]!);
    }
    const own = before.map((each, at) => each + after[at]!);
    return {
      ours: percentile(own, 0.95),
      baseline: OWN_COST_MS,
      how:
        `${answers} questions over HTTP to an image with ${MEMORIES} memories and the real embedding model, all in ` +
        `one thread; from the request to the model's socket, and from there to the event stream of another ` +
        `process; against ${OWN_COST_MS} ms`,
      beside: {
        "p50 ms": rounded(median(own)),
        "p99 ms": rounded(percentile(own, 0.99)),
        "to the model p95 ms": rounded(percentile(before, 0.95)),
        "back p95 ms": rounded(percentile(after, 0.95)),
      },
    };
  },
};

export const tokenAddedRow: Row = {
  row: "token-added",
  what: "latency added to a token over a bare ollama client, p95 over p95",
  unit: "ms",
  bound: "at most",
  required: 1,
  async measure({ full, folder, say }) {
    const random = seededRandom(SEED);
    await using source = startTokenSource({
      models: MODELS,
      words: MANY_WORDS,
      pauseMs: () => PAUSE_MS.least + random() * (PAUSE_MS.most - PAUSE_MS.least),
    });
    await using served = await readyServer(`${folder}/image`, source.host);
    await untilReady(served);
    await using stream = await AnswerStream.join(served.url);
    await stream.command({ command: "SET_SLOT", object: "orchestrator", slot: "router", value: "rules" });
    const ours: number[] = [];
    const bare: number[] = [];
    const rounds = full ? 6 : 3;
    // The first round warms both up.
    for (let round = 0; round <= rounds; round++) {
      const through = await throughTelos(stream, source, round);
      const alone = await throughClient(source);
      say(`round ${round} of ${rounds}`);
      if (round === 0) continue;
      ours.push(...through);
      bare.push(...alone);
    }
    return {
      ours: percentile(ours, 0.95) - percentile(bare, 0.95),
      baseline: ADDED_MS,
      how:
        `${ours.length} tokens each, about 35 a second, from the model's socket to a client of TelOS' event stream and to ` +
        `a bare client of the package ollama, in turn; p95 less p95, against ${ADDED_MS} ms`,
      beside: {
        "TelOS p50 ms": rounded(median(ours)),
        "TelOS p95 ms": rounded(percentile(ours, 0.95)),
        "bare p50 ms": rounded(median(bare)),
        "bare p95 ms": rounded(percentile(bare, 0.95)),
        "p50 less p50 ms": rounded(median(ours) - median(bare)),
      },
    };
  },
};

/** Milliseconds of each token of one answer. */
async function throughTelos(stream: AnswerStream, source: TokenSource, round: number): Promise<number[]> {
  const from = source.writtenAt.length;
  const { answer } = await ask(stream, `Tell me about number ${round}`);
  await untilOver(stream, answer);
  return stream.events
    .filter((event) => event.command === "PERSONA_RESPONSE_PARTIAL" && event.answer === answer)
    .map(({ seenAt }, at) => seenAt - source.writtenAt[from + at]!);
}

async function throughClient(source: TokenSource): Promise<number[]> {
  const from = source.writtenAt.length;
  const delays: number[] = [];
  const client = new Ollama({ host: source.host });
  const messages = [{ role: "user", content: "Tell me about a number" }];
  for await (const part of await client.chat({ model: MODELS[0]!, messages, stream: true })) {
    if (part.message.content !== "") delays.push(wallClock() - source.writtenAt[from + delays.length]!);
  }
  return delays;
}

export const cancelRow: Row = {
  row: "cancel",
  what:
    "from the command that stops an answer to the end of the request in a real Ollama's own log, the longest",
  unit: "ms",
  bound: "at most",
  required: 1,
  async measure({ full, folder, say }) {
    const parts = await ollamaParts();
    if (!parts.found) throw new Error(parts.reason);
    await using ollama = await startOllama();
    await using served = await readyServer(`${folder}/image`, ollama.host);
    await untilReady(served);
    await using stream = await AnswerStream.join(served.url);
    await stream.command({ command: "SET_SLOT", object: "orchestrator", slot: "router", value: "rules" });
    for (const [slot, value] of Object.entries({ model: ollama.model, options: { num_predict: 1_500 } })) {
      await stream.command({ command: "SET_SLOT", object: "ALFRED", slot, value });
    }
    const delays: number[] = [];
    const cancels = full ? 20 : 8;
    for (let at = 0; at < cancels; at++) {
      const { answer } = await ask(stream, `@ALFRED Tell a very long story about ship number ${at}.`);
      const isToken = (event: SeenEvent) =>
        event.command === "PERSONA_RESPONSE_PARTIAL" && event.answer === answer;
      // At the third token it is in the midst of speaking.
      await stream.until(() => stream.events.filter(isToken).length >= TOKENS_BEFORE_CANCEL);
      const since = performance.now();
      await stream.command({ command: "CANCEL", answer });
      const line = await ollama.logged(/POST\s+"\/api\/chat"/, { since });
      delays.push(line.at - since);
      await stream.until((event) => event.command === "ANSWER_ABORTED" && event.answer === answer);
      say(`cancel ${at + 1} of ${cancels}`);
    }
    return {
      ours: Math.max(...delays),
      baseline: CANCEL_MS,
      how:
        `${cancels} answers of a real model stopped over HTTP in mid-answer, until the server logs the end of its ` +
        `request; against ${CANCEL_MS} ms`,
      beside: { "p50 ms": rounded(median(delays)) },
    };
  },
};
