/** What a living image refuses, told by the command line in words of its own, with a server and without. */
import assert from "node:assert/strict";
import { type Door, RemoteDoor } from "../../../ui/door/mod.ts";
import type { WireValue } from "../../../ui/protocol.ts";
import { openTestImage } from "../../support/image.ts";
import { serve } from "../../support/served_door.ts";
import { type Ran, terminal } from "./terminal.ts";

/** Runs commands on one image, in this process and through a server, which must say the same. */
async function openBoth() {
  const test = await openTestImage();
  const served = await serve({ door: test.door });
  const on = (door: Door, args: string[]) =>
    terminal().runWith({ openLocal: () => Promise.resolve(door) }, ...args);
  const local = new Proxy(test.door, {
    get: (door, name) => {
      if (name === "close") return () => Promise.resolve();
      const value = Reflect.get(door, name);
      return typeof value === "function" ? value.bind(door) : value;
    },
  });
  return {
    run: async (...args: string[]): Promise<Ran> => {
      const here = await on(local, args);
      const there = await on(new RemoteDoor({ url: served.url }), args);
      assert.deepEqual(there, here, "the server says what this process says");
      return here;
    },
    set: (object: string, slot: string, value: WireValue) =>
      test.door.command({ command: "SET_SLOT", object, slot, value }),
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      await test[Symbol.asyncDispose]();
    },
  };
}

Deno.test("UI237 a point before the image's beginning is refused, and the time of that is said", async () => {
  await using test = await openBoth();
  const [first] = JSON.parse((await test.run("history", "--limit", "1000", "--json")).out).slice(-1);
  const begins = new RegExp(
    `as it begins at ${new Date(first.at).toISOString()}\\n.*milliseconds since 1970`,
  );
  const commands = [["inspect", "genesis"], ["list"], ["recall", "key"]];
  for (const command of commands) {
    for (const point of ["1990", "1990-01-01", "000001-00000000000000000000-0000"]) {
      const refused = await test.run(...command, "--as-of", point);
      assert.equal(refused.code, 3, refused.err);
      assert.ok(refused.err.startsWith(`telos: Cannot read the image as of ${point} as it begins at `));
      assert.match(refused.err, begins);
    }
    assert.equal((await test.run(...command, "--as-of", first.position)).code, 0);
  }
  const future = await test.run("inspect", "genesis", "--as-of", "000009-00000000000000000000-0000");
  assert.equal(future.code, 2);
  assert.match(future.err, /as the image has reached \S+ only/);
  const later = await test.run("inspect", "nobody", "--as-of", first.position);
  assert.ok(later.err.startsWith(`telos: There is no object "nobody" as of ${first.position}\n`), later.err);
});

Deno.test("UI240 what a server refuses is said in the words of this process, without its routes", async () => {
  await using test = await openBoth();
  const cases: [string[], number, RegExp][] = [
    [["inspect", ""], 3, /There is no object ""/],
    [["inspect", "x".repeat(201)], 3, /There is no object "x{200}…"/],
    [["history", ""], 3, /There is no object ""/],
    [["history", "x".repeat(201)], 3, /There is no object "x{200}…"/],
    [["recall", "x".repeat(20_001)], 2, /look for this: "q" .* must have <= 20000 characters and has 20001/],
    [["recall", "x", "--source", "y".repeat(501)], 2, /"source" .* <= 500 characters and has 501/],
    [["threads", "show", " "], 3, /There is no thread " "/],
    [["prompt", ""], 3, /There is no object ""/],
    [["send", "square", ""], 2, /SEND: "selector" is out of bounds: it must not be empty\n/],
    [["set", "", "a", "1"], 2, /SET_SLOT: "object" is out of bounds: a name must not be empty\n/],
    [["remember", "x".repeat(100_001)], 2, /"text" .* must have <= 100000 characters and has 100001\n/],
    [["ask", "--persona", "", "hi"], 2, /"personas\[0\]" .*a name must not be empty/],
    [["clone", "square", "--name", " "], 2, /Cannot use the name " " as it is empty/],
    [["ask", "  "], 2, /There is nothing to ask/],
    [["remember", "  "], 2, /There is nothing to remember/],
    [["question", "  "], 2, /There is nothing to ask/],
    [["question", "x".repeat(1_001)], 2, /no question: "q" .* must have <= 1000 characters and has 1001/],
    [["question", "--structured", '{"ask":"fills"}'], 2, /no question: "structured/],
    [["ingest", ""], 2, /Say one thing: a path/],
    [["fork", " "], 2, /A path must not be empty/],
    [["merge", ""], 2, /A path must not be empty/],
    [["restore", ""], 2, /A path must not be empty/],
    [["restore", "there", "--from", ""], 2, /A path must not be empty/],
  ];
  for (const [args, code, words] of cases) {
    const refused = await test.run(...args);
    assert.equal(refused.code, code, `${args.join(" ").slice(0, 50)}: ${refused.err}`);
    assert.match(refused.err, words);
    assert.doesNotMatch(refused.err, /\/api|GET|POST|Too |expected/);
  }
});

Deno.test("UI240 a server that does not know a question is said to be of another version", async () => {
  const answer = {
    error: { code: "no_such_route", message: "", hint: "POST /api", retryable: false, details: {} },
  };
  const old = () => Promise.resolve(Response.json(answer, { status: 404 }));
  const door = new RemoteDoor({ url: "http://127.0.0.1:1", fetch: old });
  const ran = await terminal().runWith({ openLocal: () => Promise.resolve(door) }, "list");
  assert.equal(ran.code, 3);
  assert.match(ran.err, /^telos: The server at \S+ does not know this question\n +Is it of the same version/);
  await assert.rejects(door.object(".."), { code: "wrong_shape", hint: "Use its oid." });
});

Deno.test("UI236 a method that does not end is stopped, with its object's name and the time in seconds", async () => {
  await using test = await openBoth();
  await test.set("square", "spin", { $method: "(self) => { for (;;); }" });
  await test.set("square", "trip", { $method: "(self) => self.nothing.more" });
  const endless = await test.run("send", "square", "spin");
  assert.equal(endless.code, 1);
  assert.match(
    endless.err,
    /^telos: The method "spin" of "square" was stopped as it must be done within 1 s\n/,
  );
  const { details } = JSON.parse((await test.run("send", "square", "spin", "--json")).out).error;
  assert.deepEqual(Object.keys(details), ["limit", "figure", "receiver", "selector"]);
  const failing = await test.run("send", "square", "trip");
  assert.match(failing.err, /^telos: The method "trip" of "square" failed: TypeError/);
});

Deno.test("UI235 a slot that is to be removed and is not the object's own is not found, in words", async () => {
  await using test = await openBoth();
  const none = await test.run("set", "square", "widht", "--remove");
  assert.equal(none.code, 3);
  assert.match(none.err, /^telos: "square" has no slot "widht" of its own\n +It has width/);
  const parents = await test.run("set", "square", "parent*", "--remove");
  assert.match(parents.err, /"parent\*" as it cannot be removed: an empty list takes all parents away/);
  const inherited = await test.run("set", "square", "area", "--remove");
  assert.equal(inherited.code, 3);
  assert.match(inherited.err, /"square" has no slot "area" of its own: it is inherited from "shape"\n/);
});

Deno.test("UI265 names that cannot be, a file that is no blueprint and a cut archive have the exit code for it", async () => {
  await using test = await openBoth();
  const cases: [string[], RegExp][] = [
    [
      ["set", "square", "__proto__", "1"],
      /Cannot set slot "__proto__" as the name is reserved\n.*another name/,
    ],
    [["set", "square", "1st", "1"], /Cannot set slot "1st" as a slot name starts with a letter/],
    [["clone", "square", "--name", ".."], /Cannot use the name "\.\." as an address takes it for a step/],
    [["extend", "square", "--name", "."], /Cannot use the name "\." as an address takes it for a step/],
  ];
  for (const [args, words] of cases) {
    const refused = await test.run(...args);
    assert.equal(refused.code, 2, refused.err);
    assert.match(refused.err, words);
  }
  const folder = await Deno.makeTempDir({ prefix: "telos-refused-" });
  try {
    const [file, image] = [`${folder}/file`, ["--image", `${folder}/image`]];
    await Deno.writeTextFile(file, '{"a":1}');
    assert.equal((await test.run("forge", file, ...image)).code, 2);
    await test.run("export", "--out", file);
    await Deno.truncate(file, (await Deno.stat(file)).size - 100);
    const cut = await test.run("import", file, ...image);
    assert.equal(cut.code, 5, cut.err);
    assert.match(cut.err, /Cannot import the archive as line \d+ /);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
