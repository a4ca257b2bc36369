import assert from "node:assert/strict";
import { create, resolveIn } from "../../../actors/world/mod.ts";
import { threadExportSchema, threadResultSchema } from "../../../ui/protocol.ts";
import { openTestImage } from "../../support/image.ts";
import { Follower, openTalk } from "../../support/talk.ts";

type Talk = Awaited<ReturnType<typeof openTalk>>;

async function talked(talk: Talk, follower: Follower, text: string, reply: string, thread?: string) {
  await talk.ask(text, thread);
  talk.mind.say(reply);
  talk.mind.end();
  return await follower.until("PERSONA_RESPONSE_COMPLETE");
}

const questions = async (talk: Talk, thread: string) =>
  (await talk.door.conversation(thread)).exchanges.map(({ query_text }) => query_text);

async function branch(talk: Talk, exchange: string, name?: string) {
  const { result } = await talk.door.command({
    command: "BRANCH_THREAD",
    exchange,
    ...(name === undefined ? {} : { name }),
  });
  return threadResultSchema.parse(result);
}

Deno.test("SY70 threads are listed, the one in which something was said last first", async () => {
  await using talk = await openTalk();
  const follower = await Follower.join(talk.door);
  assert.deepEqual(await talk.door.threads(), { threads: [], more: false });
  await talked(talk, follower, "Where is the key?", "In the drawer.");
  await talked(talk, follower, "Is it raining?", "It is.", "weather");
  await talked(talk, follower, "And the red one?", "In the shed.");
  const { threads } = await talk.door.threads();
  assert.deepEqual(threads.map(({ thread, turns, last }) => [thread, turns, last?.query_text]), [
    ["main", 2, "And the red one?"],
    ["weather", 1, "Is it raining?"],
  ]);
  await follower.leave();
});

Deno.test("SY71 a branch goes on from a turn: earlier turns are its own beginning, later ones are not", async () => {
  await using talk = await openTalk();
  const follower = await Follower.join(talk.door);
  await talked(talk, follower, "One?", "1");
  const second = await talked(talk, follower, "Two?", "2");
  await talked(talk, follower, "Three?", "3");
  const made = await branch(talk, second.exchange!);
  assert.equal(made.thread, "main 2");
  assert.deepEqual(await questions(talk, made.thread), ["One?", "Two?"]);
  const fourth = await talked(talk, follower, "Four?", "4", made.thread);
  assert.equal(fourth.thread, "main 2");
  assert.deepEqual(await questions(talk, made.thread), ["One?", "Two?", "Four?"]);
  assert.deepEqual(await questions(talk, made.oid), ["One?", "Two?", "Four?"], "by its oid too");
  assert.deepEqual(await questions(talk, "main"), ["One?", "Two?", "Three?"]);
  const history = await talk.image.exchanges.history(made.thread, 10);
  assert.deepEqual(
    history.map(({ query_text }) => query_text),
    ["One?", "Two?", "Four?"],
    "a model is shown them",
  );
  const { thread } = await branch(talk, fourth.exchange!, "elsewhere");
  assert.deepEqual(await questions(talk, thread), ["One?", "Two?", "Four?"], "a branch of a branch");
  assert.deepEqual(
    (await talk.door.conversation(thread, { limit: 2 })).exchanges.map(({ query_text }) => query_text),
    [
      "Two?",
      "Four?",
    ],
  );
  const listed = (await talk.door.threads()).threads.find((each) => each.thread === "main 2");
  assert.deepEqual(listed?.branch, { thread: "main", exchange: second.exchange });
  assert.equal(listed?.turns, 1);
  await talk.door.command({ command: "UNDO" });
  assert.ok(
    !(await talk.door.threads()).threads.some((each) => each.thread === "elsewhere"),
    "branching is undone",
  );
  await follower.leave();
});

Deno.test("SY71 a turn that is deleted leaves the branch its other turns; of a forgotten one no beginning is known", async () => {
  await using talk = await openTalk();
  const follower = await Follower.join(talk.door);
  await talked(talk, follower, "One?", "1");
  const second = await talked(talk, follower, "Two?", "2");
  const made = await branch(talk, second.exchange!, "aside");
  await talk.door.command({ command: "DELETE", object: second.exchange! });
  assert.deepEqual(await questions(talk, made.thread), ["One?"]);
  await talk.door.command({ command: "UNDO" });
  await talk.door.command({ command: "FORGET", object: second.exchange! });
  assert.deepEqual(await questions(talk, made.thread), []);
  const listed = (await talk.door.threads()).threads.find((each) => each.thread === "aside");
  assert.deepEqual(listed?.branch, { thread: "main", exchange: null });
  await follower.leave();
});

Deno.test("SY72 a thread is renamed in one thought; while somebody answers in it, it is neither renamed nor deleted nor forgotten", async () => {
  await using talk = await openTalk();
  const follower = await Follower.join(talk.door);
  await talked(talk, follower, "One?", "1", "keys");
  await talked(talk, follower, "Else?", "2", "taken");
  const rename = (thread: string, name: string) =>
    talk.door.command({ command: "RENAME_THREAD", thread, name });
  await talk.ask("Two?", "keys");
  await assert.rejects(rename("keys", "locks"), { code: "busy" });
  const object = (await talk.door.threads()).threads.find(({ thread }) => thread === "keys")!.oid;
  for (const name of [object, "conversation keys"]) {
    for (
      const command of [
        { command: "DELETE", object: name, cascade: true },
        { command: "FORGET", object: name },
        { command: "RENAME", object: name, name: "conversation locks" },
      ] as const
    ) await assert.rejects(talk.door.command(command), { code: "busy" }, command.command);
  }
  talk.mind.say("2");
  talk.mind.end();
  await follower.until("PERSONA_RESPONSE_COMPLETE");
  const before = talk.image.store.position;
  await rename("keys", "locks");
  assert.equal((await talk.image.store.log({ after: before })).length, 1);
  assert.deepEqual(await questions(talk, "locks"), ["One?", "Two?"]);
  assert.deepEqual(await questions(talk, "keys"), []);
  await talk.door.command({ command: "DELETE", object, cascade: true });
  assert.ok(!(await talk.door.threads()).threads.some(({ thread }) => thread === "locks"));
  await talk.door.command({ command: "UNDO" });
  await assert.rejects(rename("locks", "taken"), { code: "name_taken" });
  await assert.rejects(rename("nowhere", "x"), {
    code: "not_found",
    message: 'There is no thread "nowhere"',
  });
  await assert.rejects(rename("locks", "x".repeat(181)), { code: "wrong_shape" });
  await assert.rejects(branch(talk, "counter"), {
    code: "not_found",
    message: 'There is no exchange "counter"',
  });
  await follower.leave();
});

Deno.test("SY77 a thread gets no name by which it could not be listed or asked for", async () => {
  await using talk = await openTalk();
  const follower = await Follower.join(talk.door);
  const { exchange } = await talked(talk, follower, "One?", "1", "keys");
  const before = talk.image.store.position;
  for (const name of [" ", "\u00a0\n", "019a2b3c-0000-7000-8000-000000000000"]) {
    await assert.rejects(talk.door.command({ command: "RENAME_THREAD", thread: "keys", name }), {
      code: "name_invalid",
    });
    await assert.rejects(branch(talk, exchange!, name), { code: "name_invalid" });
  }
  assert.equal(talk.image.store.position, before);
  assert.deepEqual((await talk.door.threads()).threads.map(({ thread }) => thread), ["keys"]);
  await follower.leave();
});

Deno.test("SY73 a thread is exported as Markdown for people and as JSON for programs", async () => {
  await using talk = await openTalk();
  const follower = await Follower.join(talk.door);
  const first = await talked(talk, follower, "Where is\nthe key?", "In the **drawer**.");
  const made = await branch(talk, first.exchange!, "aside");
  await talked(talk, follower, "Sure?", "Quite.", made.thread);
  const markdown = await talk.door.exportThread(made.thread, "markdown");
  assert.match(
    markdown,
    /^# aside\n\n_Branched from main\._\n\n## Where is the key\?\n\n> Where is\n> the key\?\n\n### ALFRED\n\nIn the \*\*drawer\*\*\.\n\n_\d{4}-\d\d-\d\dT[^_]+ · paced/,
  );
  assert.ok(markdown.indexOf("Sure?") > markdown.indexOf("drawer"));
  const whole = threadExportSchema.parse(JSON.parse(await talk.door.exportThread(made.oid, "json")));
  assert.deepEqual(whole.exchanges.map(({ full_text }) => full_text), ["In the **drawer**.", "Quite."]);
  assert.equal(whole.truncated, false);
  await assert.rejects(talk.door.exportThread("nowhere", "json"), { code: "not_found" });
  await follower.leave();
});

Deno.test("SY74 what an older image holds of conversations is there: threads by name, answers without details", async () => {
  await using test = await openTestImage();
  const { world } = test.image;
  const oids = ["01930000-0000-7000-8000-000000000001", "01930000-0000-7000-8000-000000000002"] as const;
  const data = (value: string | number) => ({ kind: "data", value } as const);
  await world.thought({ who: "ALFRED", why: "answer", kind: "change" }, async (tx) => {
    const prototype = await resolveIn(tx, "exchange_prototype");
    await create(tx, { oid: oids[0], at: 1 }, { name: "conversation main", parents: [prototype], slots: {} });
    await create(tx, { oid: oids[1], at: 2 }, {
      name: null,
      parents: [oids[0]],
      slots: {
        question: data("Old?"),
        answer: data("Very."),
        answer_id: data("a"),
        creation_timestamp: data(2),
      },
    });
  });
  const { threads } = await test.door.threads();
  assert.deepEqual(threads.map(({ thread, turns }) => [thread, turns]), [["main", 1]]);
  const [exchange] = (await test.door.conversation("main")).exchanges;
  assert.equal(exchange?.full_text, "Very.");
  assert.deepEqual(exchange?.details, { reason: "", model: "", voices: [], replays: [], prompts: 0 });
  await assert.rejects(test.door.prompts(oids[1]), { code: "prompt_not_kept" });
  await assert.rejects(test.door.command({ command: "REPLAY", exchange: oids[1] }), {
    code: "prompt_not_kept",
  });
  assert.match(await test.door.exportThread("main", "markdown"), /> Old\?/);
});

Deno.test("SY75 the exact prompt of an answer is opened, and asked again: the second answer stands beside the first", async () => {
  await using talk = await openTalk();
  const follower = await Follower.join(talk.door);
  await talk.door.command({ command: "REMEMBER", text: "The key is blue and lies in the drawer." });
  const first = await talked(talk, follower, "Where is the blue key?", "In the drawer.");
  assert.equal(first.details?.prompts, 1);
  const { prompts: [opened] } = await talk.door.prompts(first.exchange!);
  assert.equal(opened?.persona_name, "ALFRED");
  const { tokens: _, ...sent } = opened!.prompt!;
  assert.deepEqual(sent, talk.mind.requests.at(-1));
  assert.match(opened?.prompt?.messages[0]?.content ?? "", /blue and lies in the drawer/);
  await talk.door.command({ command: "SET_SLOT", object: "ALFRED", slot: "prompt", value: "Another." });
  const { result } = await talk.door.command({ command: "REPLAY", exchange: first.exchange! });
  const started = await follower.until("ANSWER_STARTED");
  assert.equal(started.replay_of, first.exchange);
  talk.mind.say("By the door.");
  talk.mind.end();
  const second = await follower.until("PERSONA_RESPONSE_COMPLETE");
  assert.deepEqual(talk.mind.requests.at(-1), sent, "the very same prompt, though the persona changed");
  assert.equal(second.answer, (result as { answer: string }).answer);
  assert.equal(second.replay_of, first.answer);
  assert.equal(second.full_text, "By the door.");
  const { exchanges } = await talk.door.conversation("main");
  assert.equal(exchanges.length, 1, "it is no turn of its own");
  assert.equal(exchanges[0]?.full_text, "In the drawer.");
  assert.deepEqual(exchanges[0]?.details?.replays.map(({ text }) => text), ["By the door."]);
  await talk.door.command({ command: "UNDO" });
  assert.deepEqual((await talk.door.conversation("main")).exchanges[0]?.details?.replays, []);
  await follower.leave();
});

Deno.test("SY75 a second answer that is stopped, or whose model is gone, leaves nothing", async () => {
  await using talk = await openTalk();
  const follower = await Follower.join(talk.door);
  const first = await talked(talk, follower, "Where?", "There.");
  const before = talk.image.store.position;
  const replay = async () =>
    (await talk.door.command({ command: "REPLAY", exchange: first.exchange! })).result as { answer: string };
  const { answer } = await replay();
  await follower.until("ANSWER_STARTED");
  await talk.door.command({ command: "CANCEL", answer });
  assert.equal((await follower.until("ANSWER_ABORTED")).answer, answer);
  talk.mind.installed = ["mistral:7b"];
  await replay();
  assert.match(
    (await follower.until("ANSWER_ABORTED")).reason,
    /Cannot ask the same again as "phi3:3.8b" is not there/,
  );
  assert.equal(talk.image.store.position, before);
  await follower.leave();
});

Deno.test("SY76 a persona that was cloned is usable at once by @name, and a changed one answers as it is now", async () => {
  await using talk = await openTalk();
  const follower = await Follower.join(talk.door);
  const { door, mind } = talk;
  await door.command({ command: "CLONE", object: "ALFRED", name: "Bertie" });
  await door.command({ command: "SET_SLOT", object: "Bertie", slot: "prompt", value: "You are Bertie." });
  await door.command({ command: "SET_SLOT", object: "Bertie", slot: "model", value: "mistral:7b" });
  await door.command({ command: "SET_SLOT", object: "Bertie", slot: "options", value: { num_predict: 7 } });
  await door.command({ command: "USER_QUERY_REQUEST", query_text: "@Bertie who are you?" });
  mind.say("Me.");
  mind.end();
  const { exchange, persona_name } = await follower.until("PERSONA_RESPONSE_COMPLETE");
  assert.equal(persona_name, "Bertie");
  const { prompts: [sent] } = await door.prompts(exchange!);
  assert.equal(sent?.prompt?.model, "mistral:7b");
  assert.equal(sent?.prompt?.options.num_predict, 7);
  assert.equal(sent?.prompt?.messages[0]?.content, "You are Bertie.");
  await door.command({ command: "SET_SLOT", object: "Bertie", slot: "keep_alive", value: [1] });
  await assert.rejects(door.command({ command: "USER_QUERY_REQUEST", query_text: "@Bertie and now?" }), {
    code: "persona_invalid",
    message: /Bertie cannot answer as its keep_alive is wrong/,
  });
  await follower.leave();
});
