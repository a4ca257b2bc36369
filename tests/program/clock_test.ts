import assert from "node:assert/strict";
import { Telos } from "./telos.ts";

const library = await findLibrary();
if (library === null) {
  console.log(
    "skipped: PR72 a clock that is set back and forward: there is no faketime (Debian's package faketime)",
  );
}

/** Debian's libfaketime, for programs with threads; null where it is not installed. */
async function findLibrary(): Promise<string | null> {
  if (Deno.build.os !== "linux") return null;
  const machine = `${Deno.build.arch}-linux-gnu`;
  const path = `/usr/lib/${machine}/faketime/libfaketimeMT.so.1`;
  try {
    await Deno.stat(path);
    return path;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** The environment of a process whose clock on the wall, and no other, is elsewhere. */
const at = (offset: string) => ({
  LD_PRELOAD: library ?? "",
  FAKETIME: offset,
  FAKETIME_DONT_FAKE_MONOTONIC: "1",
  DONT_FAKE_MONOTONIC: "1",
});

interface Logged {
  readonly position: string;
  readonly at: number;
  readonly why: string;
}

const day = 24 * 60 * 60 * 1_000;

Deno.test({
  name:
    "PR72 with a clock that is set back or forward, times rise with the thoughts, the past is found by time, and the image is whole",
  ignore: library === null,
  fn: async () => {
    await using telos = await Telos.create();
    const setWidth = async (width: number, offset: string) => {
      const env = offset === "" ? {} : at(offset);
      const { code, err } = await telos.run(["set", "square", "width", String(width)], { env });
      assert.equal(code, 0, err);
      return (await telos.json<Logged[]>("history", "--limit", "1"))[0]!;
    };
    const first = await setWidth(1, "");
    const forward = await setWidth(2, "+3d");
    assert.ok(forward.at > first.at + 2 * day, "the clock was set forward");
    const back = await setWidth(3, "");
    const further = await setWidth(4, "-9d");
    const times = [first, forward, back, further].map((thought) => thought.at);
    assert.deepEqual(times, [...times].sort((a, b) => a - b));
    assert.equal(new Set(times).size, 4);
    assert.deepEqual([back.at, further.at].map((time) => time > forward.at), [true, true]);
    for (const [n, thought] of [first, forward, back, further].entries()) {
      for (const point of [String(thought.at), thought.position]) {
        const { slots } = await telos.json<{ slots: { width: number } }>(
          "inspect",
          "square",
          "--as-of",
          point,
        );
        assert.equal(slots.width, n + 1, `as of ${point}`);
      }
    }
    // A server whose clock stands days before the image's newest thought works on, and its schedules wait.
    const server = await telos.start({ env: at("-9d") });
    const { result } = await server.command({
      command: "SET_SLOT",
      object: "square",
      slot: "width",
      value: 5,
    });
    assert.equal((result as { slots: { width: number } }).slots.width, 5);
    assert.notEqual((await server.health()).status, "failed");
    assert.equal(JSON.parse((await telos.run(["verify", "--json"])).out).ok, true);
    assert.equal((await server.stop()).code, 0);
    assert.equal(JSON.parse((await telos.run(["verify", "--json"])).out).ok, true);
  },
});
