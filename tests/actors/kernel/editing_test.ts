/** Writing over a method by hand: what stays with it, what must hold, and what its provenance says afterwards. */
import assert from "node:assert/strict";
import type { CommandInput } from "../../../ui/protocol.ts";
import { failure, grow, newest, openScene, type Scene, setSlot, volume } from "./scene.ts";

async function generated(answer: unknown = volume): Promise<Scene> {
  const scene = await openScene([answer as never]);
  await scene.policy("auto");
  return scene;
}

async function methodOf({ test }: Scene, selector: string) {
  return (await test.door.object("square")).methods[selector]!;
}

Deno.test("KN22 Effects, examples and doc stay with a method that is written over, and hold with the new source", async () => {
  await using scene = await generated(grow);
  await scene.send("square", "grow", 1);
  const source = '(self, by) => { const now = self.get("width") + by; self.set("width", now); return now; }';
  await setSlot(scene.test, "square", "grow", { $method: source });
  const method = await methodOf(scene, "grow");
  assert.deepEqual(
    [method.source, method.doc, method.effects, method.examples],
    [source, grow.doc, ["writes_self"], 1],
  );
  const { test } = scene;
  const checked = await test.door.command({ command: "CHECK_METHODS", object: "square" });
  assert.deepEqual(checked.result, { methods: 1, examples: 1, failed: [] });
  assert.equal(await scene.send("square", "grow", 2), 8);
});

Deno.test("KN22 A source with which its examples do not hold changes nothing and says which", async () => {
  await using scene = await generated();
  await scene.send("square", "volume", 2);
  const before = scene.test.image.store.position;
  const error = await failure(setSlot(scene.test, "square", "volume", { $method: "(self, depth) => depth" }));
  assert.equal(error.code, "edit_fails");
  assert.match(error.message, /volume of "square".*Example 1: volume\(4\) must answer 24, and answered 4/);
  assert.match(String(error.hint), /"examples": \[\] lets them go/);
  const hidden = '(self, depth) => { self.set("width", 1); return 24; }';
  const undeclared = await failure(setSlot(scene.test, "square", "volume", { $method: hidden }));
  assert.match(undeclared.message, /did not declare the effect "writes_self"/);
  assert.equal(scene.test.image.store.position, before);
  assert.equal((await methodOf(scene, "volume")).source, volume.source);
});

Deno.test("KN22 Examples and effects that are given with a source take the place of the old ones", async () => {
  await using scene = await generated();
  await scene.send("square", "volume", 2);
  await setSlot(scene.test, "square", "volume", { $method: "(self, depth) => depth", examples: [] });
  const method = await methodOf(scene, "volume");
  assert.deepEqual([method.source, method.effects], ["(self, depth) => depth", []]);
  assert.equal(method.examples ?? 0, 0);
  await setSlot(scene.test, "square", "plain", { $method: "(self) => 1" });
  await setSlot(scene.test, "square", "plain", { $method: "(self) => 2" });
  const plain = await methodOf(scene, "plain");
  assert.deepEqual([plain.source, plain.effects, plain.provenance], ["(self) => 2", undefined, undefined]);
});

Deno.test("KN23 Provenance names who wrote over a method and keeps where it came from; undo takes it back", async () => {
  await using scene = await generated();
  await scene.send("square", "volume", 2);
  const first = (await methodOf(scene, "volume")).provenance!;
  const write = async (who: string, source: string) => {
    const command: CommandInput = {
      command: "SET_SLOT",
      object: "square",
      slot: "volume",
      value: { $method: source },
    };
    await scene.test.door.command(command, { who });
  };
  await write("ada", '(self, depth) => depth * self.get("width") * self.get("height")');
  await write("bob", '(self, depth) => depth * self.send("area")');
  const { editor, mind, model, failed, earlier } = (await methodOf(scene, "volume")).provenance!;
  assert.deepEqual([editor, mind, model, failed], ["bob", "person", null, null]);
  assert.deepEqual(earlier!.map((each) => [each.editor, each.mind, each.model]), [
    ["ada", "person", null],
    [undefined, "ollama", "m:latest"],
  ]);
  assert.equal(earlier![1]!.promptHash, first.promptHash);
  assert.ok(first.prompt.startsWith(earlier![1]!.prompt) && earlier![1]!.prompt.length > 100);
  await write("cyd", '(self, depth) => depth * self.send("area")');
  assert.equal((await methodOf(scene, "volume")).provenance!.editor, "bob", "nothing was changed by that");
  await scene.test.door.command({ command: "UNDO" });
  await scene.test.door.command({ command: "UNDO" });
  await scene.test.door.command({ command: "UNDO" });
  assert.deepEqual((await methodOf(scene, "volume")).provenance, first);
});

Deno.test("KN23 What a person wrote is repaired with a yes only", async () => {
  const sturdy = { ...volume, source: '(self, depth) => self.send("area") * (depth ?? 0)' };
  await using scene = await openScene([volume, sturdy]);
  await scene.policy("auto");
  await scene.send("square", "volume", 2);
  const fragile = '(self, depth) => self.send("area") * depth.valueOf()';
  await setSlot(scene.test, "square", "volume", { $method: fragile });
  assert.equal((await failure(scene.send("square", "volume", null))).code, "method_failed");
  await scene.test.image.kernel.settled();
  assert.equal((await methodOf(scene, "volume")).source, fragile);
  const [proposal] = await scene.test.door.proposals();
  assert.deepEqual([proposal!.kind, proposal!.state, proposal!.source], ["repair", "waiting", sturdy.source]);
  await scene.test.door.command({ command: "APPROVE", proposal: proposal!.oid }, { who: "ada" });
  const { editor, model, earlier } = (await methodOf(scene, "volume")).provenance!;
  assert.deepEqual([editor, model, earlier!.map((each) => each.editor)], [
    undefined,
    "m:latest",
    ["person", undefined],
  ]);
});

Deno.test("KN25 Undo after a generation that failed takes back what the person did last", async () => {
  await using scene = await openScene(["no JSON"]);
  await scene.policy("auto");
  await setSlot(scene.test, "square", "width", 9);
  assert.equal((await failure(scene.send("square", "volume", 2))).code, "generation_failed");
  await scene.test.image.kernel.settled();
  assert.equal((await newest(scene.test, 1))[0]!.kind, "failed");
  await scene.test.door.command({ command: "UNDO" });
  assert.equal((await scene.test.door.object("square")).slots.width, 5);
});
