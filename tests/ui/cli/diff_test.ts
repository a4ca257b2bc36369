import assert from "node:assert/strict";
import { describeDiff } from "../../../ui/cli/commands/diff.ts";
import type { DiffView } from "../../../ui/protocol.ts";
import { openTestImage } from "../../support/image.ts";

const nothing: DiffView = {
  from: "000001-00000000000000010000-0000",
  to: "000001-00000000000000020000-0000",
  thoughts: 0,
  objects: [],
  places: [],
  names: {},
  more: 0,
};

Deno.test("UI130 a diff says in words what was made, deleted, renamed, re-parented, moved, and which lines differ", async () => {
  await using test = await openTestImage();
  const { door } = test;
  const from = (await door.health()).image.position!;
  await door.command({ command: "EXTEND", object: "genesis", name: "lamp" });
  const lit = await door.command({
    command: "SET_SLOT",
    object: "lamp",
    slot: "notes",
    value: "one\ntwo\nthree",
  });
  await door.command({ command: "SET_SLOT", object: "lamp", slot: "notes", value: "one\n2\nthree" });
  await door.command({ command: "SET_SLOT", object: "lamp", slot: "shape", value: { $ref: "square" } });
  await door.command({ command: "SET_SLOT", object: "lamp", slot: "parent*", value: ["square"] });
  await door.command({ command: "RENAME", object: "lamp", name: "desk lamp" });
  await door.command({ command: "MOVE_MORPH", object: "desk lamp", x: 10, y: 20 });
  await door.command({ command: "MOVE_MORPH", object: "counter", x: 30, y: 40 });
  const words = describeDiff(await door.diff({ from: lit.position }));
  for (
    const line of [
      "desk lamp changed  ",
      "  name: lamp → desk lamp",
      "  parents: genesis → square",
      "  notes:",
      "    - two",
      "    + 2",
      "  + shape: square",
      " → 10, 20",
      "counter stood on main: ",
      " → 30, 40",
    ]
  ) assert.ok(words.includes(line), `${line}\n--- in\n${words}`);
  const before = describeDiff(await door.diff({ from, object: "lamp", to: lit.position }));
  assert.match(before, /lamp was made/);
  assert.match(before, /\+ notes: "one\\ntwo\\nthree"/);
  const back = describeDiff(await door.diff({ from: lit.position, to: from, object: "lamp" }));
  assert.match(back, /lamp was deleted/);
});

Deno.test("UI130 a diff of nothing says so, and one that is cut says how much more there is", () => {
  assert.match(describeDiff(nothing), /0 thoughts, and nothing differs\./);
  const object = { oid: "o", name: null, change: "made" as const, slots: [] };
  assert.match(
    describeDiff({ ...nothing, objects: [object], more: 7 }),
    /\(no name\) was made {2}o\n\nand 7 more$/,
  );
});
