import assert from "node:assert/strict";
import { laterChangesOf } from "../../../ui/canvas/model/later_changes.ts";
import { neighborInTime, startBefore } from "../../../ui/canvas/model/timeline.ts";
import type { ThoughtView } from "../../../ui/protocol.ts";
import { positionOf } from "./history.ts";

const thoughts: ThoughtView[] = [4, 3, 2, 1].map((n) => ({
  position: positionOf(n),
  id: `t${n}`,
  who: "test",
  why: `thought ${n}`,
  at: n,
  kind: "change",
  objects: [],
}));

Deno.test("CA97 a step in time goes to the thought before or after; after the last is now, before the first nothing", () => {
  assert.equal(neighborInTime(thoughts, null, -1), positionOf(3), "right after the newest is now");
  assert.equal(neighborInTime(thoughts, null, 1), "now");
  assert.equal(neighborInTime(thoughts, positionOf(3), 1), "now");
  assert.equal(neighborInTime(thoughts, positionOf(2), 1), positionOf(3));
  assert.equal(neighborInTime(thoughts, positionOf(2), -1), positionOf(1));
  assert.equal(neighborInTime(thoughts, positionOf(1), -1), null);
  assert.equal(neighborInTime(thoughts, positionOf(0), -1), null, "older than what is loaded");
  assert.equal(neighborInTime([], null, -1), null);
  assert.equal(startBefore(positionOf(3)), "000001-00000000000000000000-0000");
});

Deno.test("CA96 what an undo would lose is read out of its refusal, and out of no other", () => {
  const later = [{ position: positionOf(2), who: "test", why: "later", at: 2 }];
  const problem = {
    code: "undo_refused",
    message: 'Cannot undo "a" as 1 later change of the same objects would be lost: "later"',
    hint: "",
    retryable: false,
    details: { later, count: 1 },
  };
  assert.deepEqual(laterChangesOf(problem), { title: 'Cannot undo "a"', later, count: 1 });
  assert.equal(laterChangesOf({ ...problem, code: "conflict" }), null);
  assert.equal(laterChangesOf({ ...problem, details: {} }), null);
});
