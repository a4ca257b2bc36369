import assert from "node:assert/strict";
import { RecallMind } from "../../../actors/minds/mod.ts";
import { keys } from "../../../kv/mod.ts";
import { healthUntil, openTestImage } from "../../support/image.ts";
import { PacedMind } from "../../support/paced_mind.ts";
import { Follower, openTalk } from "../../support/talk.ts";

Deno.test("SY3 who joins in the middle of an answer is shown it so far, and then only what follows", async () => {
  await using talk = await openTalk();
  const first = await Follower.join(talk.door);
  const answer = await talk.ask("How are you?");
  talk.mind.say("I am ");
  talk.mind.say("well");
  for (let tokens = 0; tokens < 2; tokens++) await first.until("PERSONA_RESPONSE_PARTIAL");
  const second = await Follower.join(talk.door);
  const snapshot = await second.until("ANSWER_SNAPSHOT");
  assert.deepEqual([snapshot.answer, snapshot.text, snapshot.offset], [answer, "I am well", 9]);
  assert.equal(snapshot.query_text, "How are you?");
  talk.mind.say(", thank you");
  const token = await second.until("PERSONA_RESPONSE_PARTIAL");
  assert.deepEqual([token.token, token.offset], [", thank you", 9]);
  talk.mind.end();
  for (const follower of [first, second]) {
    const complete = await follower.until("PERSONA_RESPONSE_COMPLETE");
    assert.equal(complete.answer, answer);
    assert.equal(complete.full_text, "I am well, thank you");
    assert.equal(complete.objects.length > 0, true);
  }
  const third = await Follower.join(talk.door);
  await third.until("SYSTEM_STATUS_UPDATE");
  await talk.door.command({ command: "SET_SLOT", object: "counter", slot: "count", value: 1 });
  await third.until("THOUGHT_COMMITTED");
  assert.ok(!third.events.some(({ command }) => command === "ANSWER_SNAPSHOT"), "it is over");
  for (const follower of [first, second, third]) await follower.leave();
});

Deno.test("SY3 an answer whose completion is committed is never shown as running to who joins then", async () => {
  await using talk = await openTalk();
  const { image, door, mind } = talk;
  const first = await Follower.join(door);
  for (let round = 0; round < 8; round++) {
    const answer = await talk.ask(`Question ${round}`, `thread ${round}`);
    mind.say("Yes.");
    await first.until("PERSONA_RESPONSE_PARTIAL");
    // Joins in the very moment in which the store tells of the commit, before anybody else can be told.
    const joined = new Promise<Follower>((resolve, reject) => {
      const stop = image.store.onCommitted((thoughts) => {
        if (!thoughts.some(({ kind }) => kind === "exchange")) return;
        stop();
        Follower.join(door).then(resolve, reject);
      });
    });
    mind.end();
    const late = await joined;
    await first.until("PERSONA_RESPONSE_COMPLETE");
    await late.until("SYSTEM_STATUS_UPDATE");
    await door.command({ command: "SET_SLOT", object: "counter", slot: "count", value: round });
    await late.until("THOUGHT_COMMITTED");
    const shown = late.events.filter((event) => "answer" in event && event.answer === answer);
    assert.deepEqual(shown.map(({ command }) => command), []);
    await late.leave();
  }
  await first.leave();
});

Deno.test("SY7 an answer that is stopped, or whose mind fails, leaves nothing behind", async () => {
  await using talk = await openTalk();
  const { image, door, mind } = talk;
  const follower = await Follower.join(door);
  const before = image.store.position;
  const stopped = await talk.ask("Tell me everything");
  mind.say("Well, ");
  await follower.until("PERSONA_RESPONSE_PARTIAL");
  assert.deepEqual((await door.command({ command: "CANCEL", answer: stopped })).result, { cancelled: true });
  assert.equal((await follower.until("ANSWER_ABORTED")).answer, stopped);
  assert.deepEqual((await door.command({ command: "CANCEL", answer: stopped })).result, { cancelled: false });
  const failed = await talk.ask("And now?");
  mind.say("Hm");
  mind.fail(new Error("the mind fell asleep"));
  const aborted = await follower.until("ANSWER_ABORTED");
  assert.equal(aborted.answer, failed);
  assert.match(aborted.reason, /the mind fell asleep/);
  assert.equal(image.store.position, before);
  assert.deepEqual((await door.conversation("main")).exchanges, []);
  await follower.leave();
});

Deno.test("SY7 exchanges are stored one thought each, listed in order by thread, and undone one by one", async () => {
  await using talk = await openTalk();
  const { image, door, mind } = talk;
  const follower = await Follower.join(door);
  const start = image.store.position;
  const talked = async (text: string, reply: string, thread: string) => {
    await talk.ask(text, thread);
    mind.say(reply);
    mind.end();
    return await follower.until("PERSONA_RESPONSE_COMPLETE");
  };
  const told = [
    await talked("Where is the blue key?", "In the drawer of the hall.", "keys"),
    await talked("And the red one?", "In the garden shed.", "keys"),
    await talked("Is it raining?", "It is.", "weather"),
  ];
  assert.equal((await image.store.log({ after: start })).length, 3);
  const { exchanges } = await door.conversation("keys");
  assert.deepEqual(exchanges.map(({ query_text, full_text }) => [query_text, full_text]), [
    ["Where is the blue key?", "In the drawer of the hall."],
    ["And the red one?", "In the garden shed."],
  ]);
  assert.deepEqual(
    exchanges.map(({ position }) => position),
    told.slice(0, 2).map(({ position }) => position),
  );
  assert.deepEqual((await door.conversation("keys", { limit: 1 })).exchanges, exchanges.slice(1));
  assert.deepEqual((await door.conversation("nothing of the kind")).exchanges, []);
  const hits = await door.recall({ q: "drawer of the hall", k: 3 });
  assert.equal(hits[0]?.oid, exchanges[0]?.oid, "an answer is a memory");
  await door.command({ command: "UNDO" });
  assert.deepEqual((await door.conversation("weather")).exchanges, []);
  assert.ok(!(await door.recall({ q: "is it raining", k: 5 })).some(({ text }) => text.includes("raining")));
  await follower.leave();
});

Deno.test("SY7 what was only quoted from memory is listed, and is no turn that a model is shown", async () => {
  await using talk = await openTalk();
  const { image, mind } = talk;
  const follower = await Follower.join(talk.door);
  const aloud = async (text: string, reply: string) => {
    await talk.ask(text, "keys");
    mind.say(reply);
    mind.end();
    await follower.until("PERSONA_RESPONSE_COMPLETE");
  };
  const quoted = async (text: string) => {
    const exchange = {
      answer: `answer to ${text}`,
      thread: "keys",
      query_text: text,
      full_text: "No model is there, so I can only quote what I remember.",
      persona_id: await image.world.resolve("ALFRED"),
      persona_name: "ALFRED",
      mind: "recall",
      model: "none",
      reason: "",
      at: Date.now(),
      memories: [],
      made_of: [],
      tokens: 1,
      usage: { prompt_tokens: null, tokens: 1, first_token_ms: 0, total_ms: 0 },
      left_out: { memories: 0, exchanges: 0 },
      voices: [],
      prompts: [null],
    };
    await image.exchanges.store(exchange, new AbortController().signal);
    await follower.until("PERSONA_RESPONSE_COMPLETE");
  };
  await aloud("Where is the blue key?", "In the drawer.");
  await quoted("And the green one?");
  await aloud("And the red one?", "In the shed.");
  await quoted("And the white one?");
  const questions = (of: readonly { query_text: string }[]) => of.map(({ query_text }) => query_text);
  assert.deepEqual(questions(await image.exchanges.history("keys", 2)), [
    "Where is the blue key?",
    "And the red one?",
  ]);
  assert.deepEqual(questions(await image.exchanges.history("keys", 1)), ["And the red one?"]);
  assert.equal((await talk.door.conversation("keys")).exchanges.length, 4);
  await follower.leave();
});

Deno.test("SY7 the same key starts one answer, however often it is asked", async () => {
  await using talk = await openTalk();
  const follower = await Follower.join(talk.door);
  const question = { command: "USER_QUERY_REQUEST", query_text: "Once?", persona: "ALFRED" } as const;
  const options = { idempotencyKey: "one question" };
  const answers = await Promise.all([
    talk.door.command(question, options),
    talk.door.command(question, options),
  ]);
  assert.deepEqual(answers[0].result, answers[1].result);
  talk.mind.say("Once.");
  talk.mind.end();
  await follower.until("PERSONA_RESPONSE_COMPLETE");
  assert.deepEqual((await talk.door.command(question, options)).result, answers[0].result);
  assert.equal(follower.events.filter(({ command }) => command === "ANSWER_STARTED").length, 1);
  await follower.leave();
});

Deno.test("AC42 a question under the key of another is refused, also when both come at the same moment", async () => {
  await using talk = await openTalk();
  const options = { idempotencyKey: "one question" };
  const ask = (query_text: string) =>
    talk.door.command({ command: "USER_QUERY_REQUEST", query_text, persona: "ALFRED" }, options);
  const [first, second] = await Promise.allSettled([ask("Once?"), ask("Twice?")]);
  assert.equal(first.status, "fulfilled");
  assert.equal(second.status === "rejected" && second.reason.code, "idempotency_conflict");
  await assert.rejects(ask("Twice?"), { code: "idempotency_conflict" });
});

Deno.test("SY7 an image that closes in the middle of an answer stores nothing of it and ends", async () => {
  const folder = await Deno.makeTempDir({ prefix: "telos-closing-" });
  const mind = new PacedMind();
  {
    await using test = await openTestImage({ folder, minds: [mind, new RecallMind()] });
    await healthUntil(test.door, (health) => health.mind.name === "ollama");
    const follower = await Follower.join(test.door);
    await test.door.command({ command: "USER_QUERY_REQUEST", query_text: "Hello?", persona: "ALFRED" });
    mind.say("He");
    await follower.until("PERSONA_RESPONSE_PARTIAL");
    await Promise.all([test.door.close(), follower.leave()]);
  }
  await using test = await openTestImage({ folder });
  assert.deepEqual((await test.door.conversation("main")).exchanges, []);
  assert.equal(await test.image.store.get(keys.name("conversation main")), null);
  await test.door.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("SY7 how many memories an answer is given is a slot of the orchestrator, obeyed by the next answer", async () => {
  await using test = await openTestImage();
  const { door } = test;
  const memories = ["The oak is old", "The oak is tall", "The oak is near the gate"].map((text) => ({
    text,
  }));
  await door.command({ command: "REMEMBER_MANY", memories });
  const follower = await Follower.join(door);
  for (const count of [2, 0]) {
    await door.command({ command: "SET_SLOT", object: "orchestrator", slot: "memories_used", value: count });
    await door.command({
      command: "USER_QUERY_REQUEST",
      query_text: "What of the oak?",
      thread: `of ${count}`,
    });
    const answer = await follower.until("PERSONA_RESPONSE_COMPLETE");
    assert.equal(answer.memories.length, count);
  }
  await follower.leave();
});

Deno.test("SY6 a memory with a time that is none is recalled, and answers are made with it, as of when it was made", async () => {
  await using test = await openTestImage();
  const { door } = test;
  const { result } = await door.command({ command: "REMEMBER", text: "The oak is old" });
  const { oid } = result as { oid: string };
  await door.command({ command: "SET_SLOT", object: oid, slot: "creation_timestamp", value: 1e20 });
  const [hit] = await door.recall({ q: "oak" });
  assert.equal(hit!.at, (await door.object(oid)).createdAt);
  const follower = await Follower.join(door);
  await door.command({ command: "USER_QUERY_REQUEST", query_text: "What of the oak?" });
  const { full_text } = await follower.until("PERSONA_RESPONSE_COMPLETE");
  assert.match(full_text, /The oak is old/);
  await follower.leave();
});
