import assert from "node:assert/strict";
import { type Cast, roundsOf } from "../../../actors/orchestrator/mod.ts";
import {
  type Behaviour,
  chunk,
  handStream,
  installed,
  says,
  startBadOllama,
  streamed,
} from "../../support/bad_ollama.ts";
import { four, hit, Scene } from "./scene.ts";

interface Chat {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

/** A server on which each persona says who it is and which of the others it has heard. */
const roleplay: Behaviour = (_request, body) => {
  const { messages } = body as Chat;
  const name = /You are (\w+)/.exec(messages[0]!.content)?.[1] ?? "?";
  const heard = [...messages.at(-1)!.content.matchAll(/^(\w+) said:$/gm)].map(([, each]) => each);
  return streamed([
    chunk(`${name} heard ${heard.length === 0 ? "nobody" : heard.join(" and ")}`),
    chunk("", true),
  ]);
};

async function answered(scene: Scene, more: Parameters<Scene["ask"]>[1], text = "Shall we?") {
  const count = scene.stored.length;
  await scene.ask(text, more);
  await scene.until(() => scene.stored.length > count);
  return scene.stored.at(-1)!;
}

Deno.test("OR40 several answer side by side without hearing one another, and one makes one answer of it", async () => {
  await using server = startBadOllama({ "/api/tags": installed, "/api/chat": roleplay });
  await using scene = new Scene({ host: server.host, memories: [hit("The lake is cold.")] });
  const exchange = await answered(scene, { personas: ["BRICK", "babs"] });
  assert.deepEqual(exchange.voices.map(({ task, text }) => [task, text]), [
    ["answer", "BRICK heard nobody"],
    ["answer", "BABS heard nobody"],
  ]);
  assert.equal(exchange.persona_name, "ALFRED");
  assert.equal(exchange.full_text, "ALFRED heard BRICK and BABS");
  assert.match(
    exchange.reason,
    /^BRICK, BABS, side by side: you asked for them; ALFRED makes one answer of it/,
  );
  assert.deepEqual(exchange.prompts.map((prompt) => prompt?.model), ["m", "m", "m"]);
  assert.match(exchange.prompts[2]?.messages.at(-1)?.content ?? "", /BRICK said:\nBRICK heard nobody/);
});

Deno.test("OR40 in turn one speaks after the other; only those who deliberate hear who came before", async () => {
  await using server = startBadOllama({ "/api/tags": installed, "/api/chat": roleplay });
  await using scene = new Scene({ host: server.host });
  const apart = await answered(scene, { personas: ["BRICK", "ROBIN"], manner: "in_turn" });
  assert.deepEqual(apart.voices.map(({ text }) => text), ["BRICK heard nobody", "ROBIN heard nobody"]);
  const together = await answered(scene, {
    personas: ["BRICK", "ROBIN"],
    manner: "in_turn",
    deliberate: true,
  });
  assert.deepEqual(together.voices.map(({ text }) => text), ["BRICK heard nobody", "ROBIN heard BRICK"]);
  assert.match(together.reason, /in turn, hearing one another/);
});

Deno.test("OR40 side by side, those who deliberate answer again after hearing all", async () => {
  await using server = startBadOllama({ "/api/tags": installed, "/api/chat": roleplay });
  await using scene = new Scene({ host: server.host });
  const { voices, full_text } = await answered(scene, { personas: ["BRICK", "ROBIN"], deliberate: true });
  assert.deepEqual(voices.map(({ task, text }) => [task, text]), [
    ["answer", "BRICK heard nobody"],
    ["answer", "ROBIN heard nobody"],
    ["revise", "BRICK heard BRICK and ROBIN"],
    ["revise", "ROBIN heard BRICK and ROBIN"],
  ]);
  assert.equal(full_text, "ALFRED heard BRICK and ROBIN", "the last word of each, once");
});

Deno.test("OR40 the rounds of a cast are what its manner says", () => {
  const cast = (names: number, more: Partial<Cast>): Cast => ({
    personas: four.slice(0, names),
    manner: "side_by_side",
    deliberate: false,
    speaker: four[0]!,
    reason: "",
    ...more,
  });
  const shape = (of: Cast) =>
    roundsOf(of).map((round) => round.map(({ hears, isLast }) => `${hears}/${isLast}`).join(" "));
  assert.deepEqual(shape(cast(1, { deliberate: true, manner: "in_turn" })), ["false/true"]);
  assert.deepEqual(shape(cast(3, {})), ["false/false false/false false/false"]);
  assert.deepEqual(shape(cast(2, { deliberate: true })), [
    "false/false false/false",
    "true/false true/false",
  ]);
  assert.deepEqual(shape(cast(2, { manner: "in_turn" })), ["false/false", "false/false"]);
  assert.deepEqual(shape(cast(2, { manner: "in_turn", deliberate: true })), ["false/false", "true/false"]);
});

Deno.test("OR41 what each of several says is told as it comes, and to who joins meanwhile; the answer comes after", async () => {
  const last = handStream();
  await using server = startBadOllama({
    "/api/tags": installed,
    "/api/chat": (request, body) =>
      /You are ALFRED/.test((body as Chat).messages[0]!.content)
        ? last.behaviour(request, body)
        : roleplay(request, body),
  });
  await using scene = new Scene({ host: server.host });
  const { answer } = await scene.ask("Shall we?", { personas: ["BRICK", "BABS"] });
  last.send(chunk("Yes"));
  await scene.until(() => scene.tokens().length === 1);
  const [started] = scene.of("ANSWER_STARTED");
  assert.equal(started?.persona_name, "ALFRED");
  // Side by side, whoever has a model first begins.
  const voices = scene.of("VOICE_STARTED");
  assert.deepEqual(voices.map(({ voice, task }) => [voice, task]), [[0, "answer"], [1, "answer"]]);
  const voiceOf = new Map(voices.map(({ voice, persona_name }) => [persona_name, voice]));
  assert.deepEqual([...voiceOf.keys()].sort(), ["BABS", "BRICK"]);
  const spoken = (voice: number) =>
    scene.of("VOICE_PARTIAL").filter((each) => each.voice === voice).map(({ token }) => token).join("");
  assert.equal(spoken(voiceOf.get("BRICK")!), "BRICK heard nobody");
  const commands = scene.events.map(({ command }) => command);
  assert.equal(commands[0], "ANSWER_STARTED");
  assert.ok(commands.lastIndexOf("VOICE_PARTIAL") < commands.indexOf("PERSONA_RESPONSE_PARTIAL"));
  const [snapshot] = scene.orchestrator.running();
  assert.equal(snapshot?.text, "Yes");
  assert.deepEqual(
    snapshot?.voices?.map(({ persona_name, text }) => [persona_name, text]),
    voices.map(({ persona_name }) => [persona_name, `${persona_name} heard nobody`]),
  );
  scene.orchestrator.cancel(answer);
  await scene.aborted(answer);
});

for (const stage of ["the first round", "the second round", "the last word"] as const) {
  Deno.test(`OR16 a cancel in ${stage} of several stops all of them and stores nothing`, async () => {
    const open = new Set<AbortSignal>();
    const stuck: Behaviour = (request) => {
      open.add(request.signal);
      return new Promise<never>(() => {});
    };
    await using server = startBadOllama({
      "/api/tags": installed,
      "/api/chat": (request, body) => {
        const asked = (body as Chat).messages.at(-1)!.content;
        const now = /Make one answer/.test(asked)
          ? "the last word"
          : /Yours is among them/.test(asked)
          ? "the second round"
          : "the first round";
        return now === stage ? stuck(request, body) : roleplay(request, body);
      },
    });
    await using scene = new Scene({ host: server.host });
    const { answer } = await scene.ask("Shall we?", { personas: ["BRICK", "BABS"], deliberate: true });
    const speaking = stage === "the last word" ? 1 : 2;
    await scene.until(() => scene.of("ANSWER_STARTED").length === 1);
    while (open.size < speaking) await new Promise((resolve) => setTimeout(resolve, 1));
    scene.orchestrator.cancel(answer);
    assert.match(await scene.aborted(answer), /Stopped by the person/);
    const left = [...open].map((signal) =>
      signal.aborted || new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }))
    );
    await Promise.all(left);
    assert.equal(scene.stored.length, 0);
    assert.deepEqual(scene.orchestrator.running(), []);
    assert.equal(scene.orchestrator.status().running, 0);
  });
}

/** Those of these names fail as the behaviours say; the others play their roles. */
function failing(ones: Readonly<Record<string, Behaviour>>): Behaviour {
  return (request, body) => {
    const name = /You are (\w+)/.exec((body as Chat).messages[0]!.content)?.[1] ?? "?";
    return (ones[name] ?? roleplay)(request, body);
  };
}

const refuses: Behaviour = () => new Response("out of memory", { status: 500 });
const dies: Behaviour = () => streamed([chunk("The lake "), null]);

Deno.test("OR17 when one of several fails and the person wants no seams, the others are stopped and nothing is stored", async () => {
  const waits: Behaviour = (request) =>
    new Promise<never>((_, reject) =>
      request.signal.addEventListener("abort", () => reject(new Error("left")))
    );
  await using server = startBadOllama({
    "/api/tags": installed,
    "/api/chat": failing({ BABS: refuses, BRICK: waits }),
  });
  await using scene = new Scene({ host: server.host });
  scene.settings = { ...scene.settings, onFailure: "stop" };
  const { answer } = await scene.ask("Shall we?", { personas: ["BRICK", "BABS"] });
  assert.match(await scene.aborted(answer), /out of memory/);
  assert.equal(scene.stored.length, 0);
});

for (const manner of ["side_by_side", "in_turn"] as const) {
  Deno.test(`OR44 ${manner}: who fails leaves a seam in its place, and the answer is made of what the others said`, async () => {
    await using server = startBadOllama({
      "/api/tags": installed,
      "/api/chat": failing({ BABS: refuses, ROBIN: dies }),
    });
    await using scene = new Scene({ host: server.host });
    const personas = ["BABS", "ROBIN", "BRICK"];
    const exchange = await answered(scene, { personas, manner, deliberate: true });
    const first = new Map(
      exchange.voices.filter(({ task }) => task === "answer").map((each) => [each.persona_name, each]),
    );
    assert.match(
      first.get("BABS")!.text,
      /^\[BABS could not answer: .*out of memory.*\. The others go on\.\]$/,
    );
    assert.match(first.get("ROBIN")!.text, /^The lake \n\n\[ROBIN broke off: .*\. The others go on\.\]$/);
    assert.equal(first.get("BABS")!.usage, undefined, "nothing is counted for who failed");
    assert.equal(exchange.full_text, "ALFRED heard BRICK");
    assert.match(exchange.reason, /without BABS, who failed \(.*out of memory.*\)/);
    assert.match(exchange.reason, /without ROBIN, who failed/);
    assert.equal(exchange.prompts.length, exchange.voices.length + 1, "one for each that spoke, or none");
    const revised = exchange.voices.filter(({ task }) => task === "revise");
    assert.deepEqual(
      revised.map(({ persona_name }) => persona_name),
      manner === "in_turn" ? [] : ["BRICK"],
      "who failed is not asked again",
    );
    // What was told as it came is what is kept.
    for (const { voice, persona_name, task } of scene.of("VOICE_STARTED")) {
      const told = scene.of("VOICE_PARTIAL").filter((each) => each.voice === voice);
      const kept = exchange.voices.find((each) => each.persona_name === persona_name && each.task === task);
      assert.equal(told.map(({ token }) => token).join(""), kept?.text);
    }
  });
}

Deno.test("OR44 when all of several fail, or who gives the last word, the answer ends with the failure", async () => {
  for (const ones of [{ BABS: refuses, BRICK: refuses }, { ALFRED: refuses }]) {
    await using server = startBadOllama({ "/api/tags": installed, "/api/chat": failing(ones) });
    await using scene = new Scene({ host: server.host });
    const { answer } = await scene.ask("Shall we?", { personas: ["BRICK", "BABS"], deliberate: true });
    assert.match(await scene.aborted(answer), /out of memory/);
    assert.equal(scene.stored.length, 0);
    assert.deepEqual(scene.orchestrator.running(), []);
  }
});

Deno.test("OR16 a cancel after one of several failed stops the others and stores nothing", async () => {
  const left = Promise.withResolvers<void>();
  const stuck: Behaviour = (request) => {
    request.signal.addEventListener("abort", () => left.resolve(), { once: true });
    return new Promise<never>(() => {});
  };
  await using server = startBadOllama({
    "/api/tags": installed,
    "/api/chat": failing({ BABS: refuses, BRICK: stuck }),
  });
  await using scene = new Scene({ host: server.host });
  const { answer } = await scene.ask("Shall we?", { personas: ["BRICK", "BABS"] });
  await scene.until(() => scene.of("VOICE_PARTIAL").some(({ token }) => token.includes("BABS could not")));
  scene.orchestrator.cancel(answer);
  assert.match(await scene.aborted(answer), /Stopped by the person/);
  await left.promise;
  assert.equal(scene.stored.length, 0);
});

Deno.test("OR40 where no model is there, one answers for all and says so", async () => {
  await using scene = new Scene({ host: "http://127.0.0.1:9", memories: [hit("Ships float.")] });
  await scene.chooser.fresh();
  const exchange = await answered(scene, { personas: ["BRICK", "BABS"] });
  assert.deepEqual(exchange.voices, []);
  assert.match(exchange.reason, /ALFRED for all, as no model is there/);
  assert.deepEqual(exchange.prompts, [null]);
});

Deno.test("OR42 @names at the beginning say who answers, and are not part of what is asked", async () => {
  await using server = startBadOllama({ "/api/tags": installed, "/api/chat": says("Yes.") });
  await using scene = new Scene({ host: server.host });
  const one = await answered(scene, {}, "@brick, does it hold?");
  assert.equal(one.persona_name, "BRICK");
  assert.equal(one.query_text, "@brick, does it hold?", "it is kept as it was written");
  assert.equal(one.prompts[0]?.messages.at(-1)?.content, "does it hold?");
  const two = await answered(scene, {}, "@ROBIN and @BABS: what now?");
  assert.deepEqual(two.voices.map(({ persona_name }) => persona_name), ["ROBIN", "BABS"]);
  const unknown = await answered(scene, {}, "@nobody what now?");
  assert.match(unknown.reason, /nobody here is called @nobody, there are ALFRED, BRICK, /);
});

Deno.test("OR27 more personas than may be asked are refused; one that cannot answer says which slot is wrong", async () => {
  await using scene = new Scene({ host: "http://127.0.0.1:9" });
  await assert.rejects(
    scene.ask("hi", { personas: Array.from({ length: 7 }, () => "ALFRED") }),
    { code: "too_many_personas" },
  );
  scene.personas = [{
    ...four[0]!,
    problem: { slot: "options", message: "it is an object of options, such as {}" },
  }, four[1]!];
  await assert.rejects(
    scene.ask("hi", { persona: "ALFRED" }),
    /ALFRED cannot answer as its options is wrong/,
  );
  assert.equal((await answered(scene, {})).persona_name, "BRICK", "the others answer");
});

Deno.test("OR19 others' words that do not fit the model's context are cut, and that is said", async () => {
  const long = "word ".repeat(2_000);
  await using server = startBadOllama({
    "/api/tags": installed,
    "/api/chat": (_request, body) =>
      says(/You are ALFRED/.test((body as Chat).messages[0]!.content) ? "Short." : long)(_request, body),
  });
  await using scene = new Scene({ host: server.host });
  const exchange = await answered(scene, { personas: ["BRICK", "BABS"] });
  assert.equal(exchange.left_out.words, 2);
  assert.match(exchange.reason, /the end of what 2 others said left out/);
  assert.ok((exchange.prompts[2]?.tokens ?? Infinity) < 4_096);
});
