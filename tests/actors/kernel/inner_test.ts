/** Messages that methods of the image send and that nobody understands: made, proposed or refused like those at the door. */
import assert from "node:assert/strict";
import { failure, openScene, type Scene, setSlot, volume } from "./scene.ts";

/** `box` asks `square` for its volume twice over. */
async function withBox(answers: Parameters<typeof openScene>[0], source: string): Promise<Scene> {
  const scene = await openScene(answers);
  await scene.test.door.command({ command: "EXTEND", object: "genesis", name: "box" });
  await setSlot(scene.test, "box", "base", { $ref: "square" });
  await setSlot(scene.test, "box", "content", { $method: source });
  await scene.policy("auto");
  return scene;
}

const content = '(self, depth) => self.get("base").send("volume", depth) * 2';

Deno.test("KN24 A message that a method sends has its method made, installed and answered in one thought", async () => {
  await using scene = await withBox([volume], content);
  const before = scene.test.image.store.position;
  assert.equal(await scene.send("box", "content", 2), 100);
  const log = await scene.test.door.log({ after: before });
  assert.deepEqual(log.map(({ kind, why }) => [kind, why]), [["kernel", "learn square volume"]]);
  assert.match(
    scene.mind.chats[0]!.messages.at(-1)!.content,
    /"square".*was sent "volume" with the arguments \[2\]/,
  );
  assert.equal((await scene.test.door.object("square")).methods.volume!.source, volume.source);
  assert.equal(await scene.send("box", "content", 3), 150);
  assert.equal(scene.mind.chats.length, 1);
});

Deno.test("KN24 A method that does not serve the message that needs it is no proposal that holds", async () => {
  const aText = { ...volume, source: '(self, depth) => depth === 4 ? 24 : "much"' };
  await using scene = await withBox(
    [aText, volume],
    '(self, depth) => { const it = self.get("base").send("volume", depth); if (typeof it !== "number") throw new Error("no number: " + it); return it; }',
  );
  assert.equal(await scene.send("box", "content", 2), 50);
  assert.match(scene.mind.chats[1]!.messages.at(-1)!.content, /"content", which sends it: .*no number: much/);
});

Deno.test("KN24 Where the message needs several, each is installed and the last answers it; the bound is three", async () => {
  const named = (name: string) => ({
    ...volume,
    source: `(self) => ${name.length}`,
    examples: [{ arguments: [], answer: name.length }],
  });
  const sum = (names: string[]) =>
    `(self) => ${names.map((name) => `self.get("base").send("${name}")`).join(" + ")}`;
  const three = ["red", "green", "yellow"];
  await using scene = await withBox(three.map(named), sum(three));
  assert.equal(await scene.send("box", "content"), 14);
  assert.equal(scene.mind.chats.length, 3);
  const four = ["one", "fourth", "seventeen", "twenty-one"];
  scene.mind.prepare(...four.map(named));
  await setSlot(scene.test, "box", "sum", { $method: sum(four) });
  const error = await failure(scene.send("box", "sum"));
  assert.equal(error.code, "method_failed");
  assert.match(error.message, /does not understand "twenty-one"/);
  assert.equal((await scene.test.door.object("square")).methods.seventeen!.provenance!.attempts, 1);
  await scene.test.image.kernel.settled();
});

Deno.test("KN24 With the policy ask it is proposed, and a yes answers the message that needed it", async () => {
  await using scene = await withBox([volume], content);
  await scene.policy("ask");
  const answer = await scene.send("box", "content", 2) as { $ref: string };
  const [proposal] = await scene.test.door.proposals();
  assert.equal(answer.$ref, proposal!.oid);
  assert.deepEqual(
    [proposal!.receiver_name, proposal!.selector, proposal!.arguments, proposal!.message!.selector],
    ["square", "volume", [2], "content"],
  );
  assert.deepEqual(await scene.send("box", "content", 2), answer);
  const { result } = await scene.test.door.command({ command: "APPROVE", proposal: proposal!.oid });
  assert.equal(result, 100);
});

Deno.test("KN24 With the policy never, for a slip, and where the method catches it, nobody is asked", async () => {
  await using scene = await withBox([volume], content);
  await scene.policy("never");
  const refused = await failure(scene.send("box", "content", 2));
  assert.equal(refused.code, "method_failed");
  assert.match(refused.message, /"square" does not understand "volume"/);
  await scene.policy("auto");
  await setSlot(scene.test, "box", "slip", { $method: '(self) => self.get("base").send("aera")' });
  assert.equal((await failure(scene.send("box", "slip"))).code, "method_failed");
  const careful = '(self) => { try { return self.get("base").send("volume", 1); } catch { return "none"; } }';
  await setSlot(scene.test, "box", "careful", { $method: careful });
  assert.equal(await scene.send("box", "careful"), "none");
  assert.equal(scene.mind.chats.length, 0);
  await scene.test.image.kernel.settled();
});

Deno.test("KN24 Arguments that cannot leave the sandbox are not told, and the message is rescued all the same", async () => {
  await using scene = await withBox([volume], '(self) => self.get("base").send("volume", 2, () => 1) * 2');
  assert.equal(await scene.send("box", "content"), 100);
  assert.doesNotMatch(scene.mind.chats[0]!.messages.at(-1)!.content, /with the arguments/);
});

Deno.test("KN24 What a native method misses is told as it is, as it could not wait for a method of the image", async () => {
  await using scene = await openScene([volume]);
  await scene.policy("auto");
  const { door } = scene.test;
  await door.command({ command: "EXTEND", object: "genesis", name: "plank" });
  for (const side of ["width", "height"]) await setSlot(scene.test, "plank", side, 2);
  await setSlot(scene.test, "plank", "scale", { $native: "shape.scale" });
  const error = await failure(scene.send("plank", "scale", 3));
  assert.equal(error.code, "not_understood");
  assert.match(error.message, /"plank" does not understand "area"/);
  assert.equal(scene.mind.chats.length, 0);
  assert.equal((await door.object("plank")).slots.width, 2, "nothing of it is kept");
});
