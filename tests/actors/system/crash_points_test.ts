import assert from "node:assert/strict";
import { crashHook } from "../../../actors/system/crash_points.ts";

function killsAt(environment: Record<string, string>, points: readonly string[]): number[] {
  const kills: number[] = [];
  let reached = 0;
  const hook = crashHook(environment, () => kills.push(reached));
  for (const point of points) {
    reached++;
    hook?.(point);
  }
  return kills;
}

Deno.test("SY9 a crash point ends the process once, at the n-th time that it is reached", () => {
  const points = ["commit.voted", "commit.decided", "commit.decided", "commit.decided"];
  const at = (setting: string) => killsAt({ TELOS_TEST: "1", TELOS_CRASH_AT: setting }, points);
  assert.deepEqual(at("commit.decided"), [2]);
  assert.deepEqual(at("commit.decided:2"), [3]);
  assert.deepEqual(at("commit.decided:9"), []);
  assert.deepEqual(at("commit.staged"), []);
});

Deno.test("SY9 a crash point is not honoured outside of a test", () => {
  for (const environment of [{}, { TELOS_TEST: "true" }, { TELOS_TEST: "0" }]) {
    assert.equal(crashHook({ ...environment, TELOS_CRASH_AT: "commit.decided" }), undefined);
  }
  assert.equal(crashHook({ TELOS_TEST: "1" }), undefined);
  assert.equal(crashHook({ TELOS_TEST: "1", TELOS_CRASH_AT: "" }), undefined);
});

Deno.test("SY9 a setting that names no crash point is refused in words", () => {
  for (
    const setting of ["decided", "commit.decided:0", "commit.decided:x", "commit.decided:", "commit:2", ":3"]
  ) {
    assert.throws(
      () => crashHook({ TELOS_TEST: "1", TELOS_CRASH_AT: setting }),
      (error) => error instanceof RangeError && error.message.includes(setting),
      setting,
    );
  }
});
