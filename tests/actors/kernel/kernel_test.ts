/** From a message that nobody understands to a method: what is installed, what is proposed, and what is refused. */
import assert from "node:assert/strict";
import { Follower } from "../../support/talk.ts";
import { failure, grow, newest, openScene, volume, watchStages } from "./scene.ts";

Deno.test("KN1 With the policy auto a method is made, proved, installed and answers, all in one thought", async () => {
  await using scene = await openScene([volume]);
  await scene.policy("auto");
  const watch = watchStages(scene.test);
  await watch.opened;
  const before = scene.test.image.store.position;
  assert.equal(await scene.send("square", "volume", 2), 50);
  await watch.close();
  const after = await scene.test.door.log({ after: before });
  assert.equal(after.length, 1);
  assert.deepEqual([after[0]!.kind, after[0]!.why], ["kernel", "learn square volume"]);
  assert.deepEqual(watch.stages.map(({ stage }) => stage), [
    "gathering",
    "proposing",
    "checking",
    "proving",
    "deciding",
    "installing",
    "done",
  ]);
  assert.equal(await scene.send("square", "volume", 3), 75, "it stays");
  assert.equal(scene.mind.chats.length, 1, "nobody is asked a second time");
});

Deno.test("KN2 A method is an ordinary slot that says where it comes from, and undo takes it away", async () => {
  await using scene = await openScene([volume]);
  await scene.policy("auto");
  await scene.send("square", "volume", 2);
  const { methods } = await scene.test.door.object("square");
  const method = methods.volume!;
  assert.deepEqual([method.source, method.doc, method.effects, method.examples], [
    volume.source,
    volume.doc,
    [],
    1,
  ]);
  const { mind, model, attempts, approver, promptHash, prompt, failed } = method.provenance!;
  assert.deepEqual([mind, model, attempts, approver, failed], ["ollama", "m:latest", 1, "auto", null]);
  assert.match(promptHash, /^[0-9a-f]{64}$/);
  assert.match(prompt, /"square".*was sent "volume" with the arguments \[2\]/s);
  await scene.test.door.command({ command: "UNDO" });
  assert.equal((await scene.test.door.object("square")).methods.volume, undefined);
});

Deno.test("KN3 The exact fault goes back to the mind, and the third try may be right", async () => {
  const wrongAnswer = { ...volume, source: "(self, depth) => depth" };
  await using scene = await openScene(["this is no JSON", wrongAnswer, volume]);
  await scene.policy("auto");
  assert.equal(await scene.send("square", "volume", 2), 50);
  const [, second, third] = scene.mind.chats.map(({ messages }) => messages.at(-1)!.content);
  assert.match(second!, /The answer is not JSON/);
  assert.match(third!, /Example 1: volume\(4\) must answer 24, and answered 4/);
  assert.match(third!, /Your last source was\n\(self, depth\) => depth/);
  assert.equal((await scene.test.door.object("square")).methods.volume!.provenance!.attempts, 3);
  assert.ok(scene.mind.chats.every(({ format }) => typeof format === "object"), "a schema is demanded");
});

Deno.test("KN4 A generation that fails changes no object and leaves one record of kind failed", async () => {
  await using scene = await openScene([{ ...volume, source: "(self) => { for (;;); }" }]);
  await scene.policy("auto");
  const before = scene.test.image.store.position;
  const object = await scene.test.door.object("square");
  const error = await failure(scene.send("square", "volume", 2));
  assert.equal(error.code, "generation_failed");
  assert.match(error.message, /no proposal held in 3 tries; the last: Example 1: .*must be done within 1 s/);
  await scene.test.image.kernel.settled();
  const log = await scene.test.door.log({ after: before });
  assert.deepEqual(log.map(({ kind, objects }) => [kind, objects.length > 0]), [["failed", false]]);
  assert.match(log[0]!.why, /no method volume for square/);
  assert.deepEqual(await scene.test.door.object("square"), object);
});

Deno.test("KN5 Two callers who miss the same method share one generation, and each gets an answer", async () => {
  await using scene = await openScene([volume]);
  await scene.policy("auto");
  const answers = await Promise.all([2, 3, 4].map((depth) => scene.send("square", "volume", depth)));
  assert.deepEqual(answers, [50, 75, 100]);
  assert.equal(scene.mind.chats.length, 1);
});

Deno.test("KN6 With the policy never, and for a slip of the hand, nobody is asked", async () => {
  await using scene = await openScene([volume]);
  await scene.policy("never");
  assert.equal((await failure(scene.send("square", "volume", 2))).code, "not_understood");
  await scene.policy("auto");
  assert.equal((await failure(scene.send("square", "aera"))).code, "not_understood");
  await scene.policy("never", "square");
  assert.equal((await failure(scene.send("square", "volume", 2))).code, "not_understood");
  assert.equal(scene.mind.chats.length, 0);
});

Deno.test("KN6 The strictest of what the policy says about a method's effects counts", async (test) => {
  const cases = [
    [{ default: "auto", writes_self: "never" }, "generation_refused"],
    [{ default: "auto", writes_self: "ask" }, "proposed"],
    [{ default: "auto", writes_others: "never" }, "installed"],
    [{ default: "perhaps" }, "not_understood"],
  ] as const;
  for (const [policy, outcome] of cases) {
    await test.step(JSON.stringify(policy), async () => {
      await using scene = await openScene([grow]);
      await scene.policy(policy, "square");
      const sent = scene.send("square", "grow", 1);
      if (outcome === "installed") assert.equal(await sent, 6);
      else if (outcome === "proposed") assert.ok("$ref" in (await sent as { $ref: string }));
      else assert.equal((await failure(sent)).code, outcome);
      assert.equal((await scene.test.door.object("square")).slots.width, outcome === "installed" ? 6 : 5);
    });
  }
});

Deno.test("KN7 What a method does beyond what it declares, or differently each time, is no proposal that holds", async (test) => {
  const bad: readonly [string, Record<string, unknown>, RegExp][] = [
    ["a hidden write", { ...grow, effects: [] }, /does not declare the effect "writes_self"/],
    [
      "a write that the syntax does not show",
      { ...grow, source: '(self, by) => { const it = self; it.set("width", by); return 5; }', effects: [] },
      /did not declare the effect "writes_self"/,
    ],
    [
      "chance",
      { ...volume, source: "(self) => Math.random()", effects: [] },
      /does not declare the effect "random"/,
    ],
    ["a file", { ...volume, source: '(self) => Deno.readTextFileSync("x")' }, /"Deno" is not defined/],
    ["the network", { ...volume, source: '(self) => fetch("http://x")' }, /"fetch" is not defined/],
    [
      "a way out",
      { ...volume, source: '(self) => self.get.constructor("x")()' },
      /\.constructor is not for methods/,
    ],
    ["an import", { ...volume, source: '(self) => import("node:fs")' }, /import\(\) is not for methods/],
    ["two functions", { ...volume, source: "(self) => 1; (self) => 2" }, /nothing behind it/],
    ["no function", { ...volume, source: "42" }, /must be one function/],
    ["no syntax", { ...volume, source: "(self) => {" }, /Unexpected token/],
    ["no examples", { ...volume, examples: [] }, /At least one example is needed/],
    ["an example that shows nothing", { ...volume, examples: [{ arguments: [1] }] }, /it shows nothing/],
    ["another shape", { method: "x" }, /The answer's "source" is wrong/],
  ];
  await using scene = await openScene([]);
  await scene.policy("auto");
  await scene.test.door.command({ command: "SET_SLOT", object: "kernel", slot: "tries", value: 1 });
  for (const [title, answer, words] of bad) {
    await test.step(title, async () => {
      scene.mind.prepare(answer);
      const error = await failure(scene.send("square", "volume", 2));
      assert.equal(error.code, "generation_failed", error.message);
      assert.match(error.message, words);
      assert.equal((await scene.test.door.object("square")).methods.volume, undefined);
    });
  }
});

Deno.test("KN8 A mind that refuses ends the generation with its reason", async () => {
  await using scene = await openScene([
    { refusal: "it would leak a secret", source: "", doc: "", effects: [], examples: [] },
  ]);
  await scene.policy("auto");
  const error = await failure(scene.send("square", "leakPassword"));
  assert.equal(error.code, "generation_refused");
  assert.match(error.message, /its writer refuses: it would leak a secret/);
  assert.equal(scene.mind.chats.length, 1);
});

Deno.test("KN9 A generation that takes too long, and one that nobody waits for any more, ends", async () => {
  await using scene = await openScene([() => new Promise<Response>(() => {})]);
  await scene.policy("auto");
  await scene.test.door.command({ command: "SET_SLOT", object: "kernel", slot: "seconds", value: 0.3 });
  const error = await failure(scene.send("square", "volume", 2));
  assert.match(error.message, /longer than 300 ms/);
  await scene.test.door.command({ command: "SET_SLOT", object: "kernel", slot: "seconds", value: 60 });
  const controller = new AbortController();
  const asked = scene.mind.chats.length;
  const sent = scene.test.door.command(
    { command: "SEND", receiver: "square", selector: "volume", arguments: [2] },
    { signal: controller.signal },
  );
  while (scene.mind.chats.length === asked) await new Promise((resolve) => setTimeout(resolve, 5));
  controller.abort(new Error("enough"));
  assert.equal((await failure(sent)).message, "enough");
  await scene.test.image.kernel.settled();
  const [last] = await newest(scene.test, 1);
  assert.equal(last!.kind, "failed");
  assert.equal(scene.test.image.kernel.status.running, 0);
});

Deno.test("KN26 A generation that is stopped tells whoever waits for it, and changes no object", async () => {
  await using scene = await openScene([() => new Promise<Response>(() => {})]);
  await scene.policy("auto");
  const watch = watchStages(scene.test);
  await watch.opened;
  const before = await scene.test.door.object("square");
  const sent = failure(scene.send("square", "volume", 2));
  while (scene.mind.chats.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const { generation } = watch.stages.at(-1)!;
  const late = watchStages(scene.test);
  await late.opened;
  while (late.stages.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(late.stages.at(-1), watch.stages.at(-1), "who joins the stream later is told of it");
  await late.close();
  const stop = () => scene.test.door.command({ command: "STOP_GENERATION", generation });
  assert.deepEqual((await stop()).result, { stopped: true });
  const { code, message } = await sent;
  assert.equal(code, "generation_stopped");
  assert.equal(message, 'No method "volume" was made for "square" as somebody stopped it');
  await scene.test.image.kernel.settled();
  await watch.close();
  assert.equal(watch.stages.at(-1)!.stage, "failed");
  assert.deepEqual(await scene.test.door.object("square"), before);
  assert.deepEqual((await stop()).result, { stopped: false }, "it is over");
});

Deno.test("KN26 A generation that is being installed can be stopped no more, and who tries is told so", async () => {
  const slow = {
    ...volume,
    source: `(self, depth) => {
    for (let n = 0; n < 300_000; n++) depth += 0;
    return self.get("width") * self.get("height") * depth;
  }`,
  };
  await using scene = await openScene([slow]);
  const { test } = scene;
  await scene.policy("auto");
  const follower = await Follower.join(test.door);
  const sent = scene.send("square", "volume", 2);
  for (;;) {
    const { stage, generation } = await follower.until("KERNEL_STAGE");
    if (stage !== "installing") continue;
    const { result } = await test.door.command({ command: "STOP_GENERATION", generation });
    assert.deepEqual(result, { stopped: false });
    break;
  }
  assert.equal(await sent, 50);
  await follower.leave();
});
