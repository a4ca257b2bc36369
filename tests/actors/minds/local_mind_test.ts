import assert from "node:assert/strict";
import { join } from "node:path";
import {
  type LocalBounds,
  LocalMind,
  MindChooser,
  MindError,
  type MindToken,
  OllamaMind,
  RecallMind,
  SteadyMind,
} from "../../../actors/minds/mod.ts";
import { spawnChild } from "../../../actors/system/assets.ts";
import { openTestImage } from "../../support/image.ts";
import { freePort } from "../../support/ollama.ts";
import { Follower } from "../../support/talk.ts";
import { tinySentence, writeTinyModel } from "../../support/tiny_model.ts";

const never = new AbortController().signal;

interface Tiny extends AsyncDisposable {
  readonly folder: string;
  readonly mind: LocalMind;
  /** The children that were started. */
  readonly children: Deno.ChildProcess[];
}

async function tiny(bounds: Partial<LocalBounds> = {}): Promise<Tiny> {
  const folder = await Deno.makeTempDir({ prefix: "telos-local-" });
  await writeTinyModel(join(folder, "tiny"));
  const children: Deno.ChildProcess[] = [];
  const spawn = () => {
    const child = spawnChild("local_mind");
    children.push(child);
    return child;
  };
  const mind = new LocalMind({ spawn, folders: [join(folder, "nowhere"), folder], bounds });
  return {
    folder,
    mind,
    children,
    async [Symbol.asyncDispose]() {
      await mind.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function ask(mind: LocalMind, tokens: number, signal = never): AsyncIterable<MindToken> {
  const messages = [{ role: "user" as const, content: "hello" }];
  return mind.generate({ model: "tiny", messages, options: { num_predict: tokens }, memories: [], signal });
}

async function said(tokens: AsyncIterable<MindToken>): Promise<{ pieces: string[]; end: MindToken }> {
  const pieces: string[] = [];
  for await (const part of tokens) {
    if ("done" in part) return { pieces, end: part };
    pieces.push(part.token);
  }
  throw new Error("it ended without saying that it is done");
}

Deno.test("OR35 a model in local files speaks token by token, from a process that is started on demand", async () => {
  await using here = await tiny();
  const { mind, children } = here;
  const probe = await mind.probe();
  assert.deepEqual(probe.models.map((each) => each.model), ["tiny"]);
  assert.equal(children.length, 0, "looking starts nothing");
  assert.deepEqual(await mind.loaded(), []);
  const { pieces, end } = await said(ask(mind, 10));
  assert.equal(pieces.join("").trim(), tinySentence);
  assert.ok(pieces.length > 5, `it came in ${pieces.length} pieces`);
  assert.deepEqual(end, { done: true, tokens: 10, promptTokens: 1, model: "tiny" });
  assert.ok((await mind.loaded())[0]!.bytes > 10_000_000);
  await said(ask(mind, 2));
  assert.equal(children.length, 1, "the same process answers again");
  await mind.unload();
  await children[0]!.status;
  assert.deepEqual(await mind.loaded(), []);
  await said(ask(mind, 2));
  assert.equal(children.length, 2);
});

Deno.test("OR35 an abort stops it in mid-answer, the process stays, and answers wait for one another", async () => {
  await using here = await tiny();
  const stop = new AbortController();
  let heard = 0;
  await assert.rejects(async () => {
    for await (const _part of ask(here.mind, 3_000, stop.signal)) {
      if (++heard === 5) stop.abort(new Error("the person left"));
    }
  }, /the person left/);
  const [one, other] = await Promise.all([said(ask(here.mind, 10)), said(ask(here.mind, 10))]);
  assert.equal(one.pieces.join("").trim(), tinySentence);
  assert.equal(other.pieces.join("").trim(), tinySentence);
  assert.equal(here.children.length, 1);
});

Deno.test("OR35 one that has nobody to answer ends by itself", async () => {
  await using here = await tiny({ idleMs: 50 });
  await said(ask(here.mind, 2));
  await here.children[0]!.status;
  assert.equal((await said(ask(here.mind, 10))).pieces.join("").trim(), tinySentence);
});

Deno.test("OR35 one whose turn never came lets nobody after it be ended as idle", async () => {
  await using here = await tiny({ idleMs: 400, stopMs: 50 });
  const stop = new AbortController();
  const first = said(ask(here.mind, 10));
  const left = said(ask(here.mind, 10, stop.signal));
  stop.abort(new Error("the person left"));
  await Promise.all([first, assert.rejects(left, /the person left/)]);
  const since = performance.now();
  // Longer than the wait that began with the first.
  for await (const part of ask(here.mind, 100_000)) {
    assert.ok(!("done" in part), "it says more than can be said by then");
    if (performance.now() - since > 1_000) break;
  }
});

Deno.test("OR35 closing ends one that is being loaded too", async () => {
  await using here = await tiny();
  const asked = said(ask(here.mind, 3_000));
  const refused = assert.rejects(asked, (error: unknown) => error instanceof MindError);
  while (here.children.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  await here.mind.close();
  await here.children[0]!.status;
  await refused;
});

Deno.test("OR35 one that is killed, too big, or deaf is an error in words, and the next question starts another", async () => {
  await using here = await tiny();
  await assert.rejects(async () => {
    for await (const _part of ask(here.mind, 3_000)) here.children[0]!.kill("SIGKILL");
  }, (error: unknown) => error instanceof MindError && error.retryable && /SIGKILL/.test(error.message));
  assert.equal((await said(ask(here.mind, 10))).pieces.join("").trim(), tinySentence);
  await using small = await tiny({ rssBytesMax: 1_000_000 });
  await assert.rejects(said(ask(small.mind, 10)), /its memory must be <= 1000000 bytes/);
  await using slow = await tiny({ loadMs: 1 });
  await assert.rejects(said(ask(slow.mind, 10)), /did not load within 1 ms/);
});

Deno.test("OR12 without Ollama the local mind answers, aloud, and the image says so; it makes no methods", async () => {
  await using here = await tiny();
  const ollama = new OllamaMind({ host: `127.0.0.1:${await freePort()}` });
  const minds = [new SteadyMind(ollama), new SteadyMind(here.mind), new RecallMind()] as const;
  await using test = await openTestImage({ minds: [...minds] });
  const follower = await Follower.join(test.door);
  await test.door.command({
    command: "SET_SLOT",
    object: "ALFRED",
    slot: "options",
    value: { num_predict: 10 },
  });
  await test.door.command({ command: "USER_QUERY_REQUEST", query_text: "hello", persona: "ALFRED" });
  await follower.until("PERSONA_RESPONSE_COMPLETE");
  await follower.leave();
  const { exchanges: [said] } = await test.door.conversation("main");
  assert.equal(said?.mind, "local");
  assert.equal(said?.full_text.trim(), tinySentence);
  assert.match(said?.details?.reason ?? "", /phi3:3\.8b is not there, and tiny stands in/);
  const { degraded, mind } = await test.door.health();
  assert.equal(mind.name, "local");
  assert.ok(
    degraded.some(({ reason }) => /A small model in this program answers: Cannot reach Ollama/.test(reason)),
  );
  assert.ok(
    !degraded.some(({ hint }) => /ollama pull/.test(hint)),
    "what Ollama lacks is no matter without it",
  );
  const written = await test.image.orchestrator.structured({
    persona: null,
    messages: [{ role: "user", content: "hello" }],
    format: {},
    options: {},
    signal: never,
  });
  assert.deepEqual(written, { unavailable: "local cannot be held to a schema" });
});

Deno.test("OR36 files that are not what their sums say are not loaded, and the file is named", async () => {
  await using here = await tiny();
  const network = join(here.folder, "tiny", "onnx", "model_quantized.onnx");
  const bytes = await Deno.readFile(network);
  bytes[bytes.length - 1]! ^= 1;
  await Deno.writeFile(network, bytes);
  await assert.rejects(
    said(ask(here.mind, 2)),
    (error: unknown) =>
      error instanceof MindError && !error.retryable &&
      /model_quantized\.onnx is not the file it should be/.test(error.message),
  );
  assert.equal(here.children.length, 0);
});

Deno.test("OR36 where there are no weights it says so and is passed over", async () => {
  await using here = await tiny();
  const nowhere = new LocalMind({
    spawn: () => spawnChild("local_mind"),
    folders: [join(here.folder, "nowhere")],
  });
  const chooser = new MindChooser({ minds: [nowhere, new RecallMind()] });
  const chosen = await chooser.fresh(20_000);
  assert.equal(chosen.mind.name, "recall");
  assert.match(chosen.reason, /no local language model: none is in .*nowhere/);
  chooser.close();
  await Deno.remove(join(here.folder, "tiny", "SHA256SUMS"));
  assert.match((await here.mind.probe()).reason ?? "", /has no SHA256SUMS, so its files cannot be trusted/);
  await Deno.writeTextFile(join(here.folder, "tiny", "SHA256SUMS"), `${"0".repeat(64)}  ../secret\n`);
  assert.match((await here.mind.probe()).reason ?? "", /is not what sha256sum prints/);
  await assert.rejects(
    said(ask(here.mind, 2)),
    (error: unknown) => error instanceof MindError && error.code === "mind_unavailable",
  );
});
