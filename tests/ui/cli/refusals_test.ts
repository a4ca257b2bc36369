/** What a living image refuses, told by the command line in words of its own, with a server and without. */
import assert from "node:assert/strict";
import { type Door, RemoteDoor } from "../../../ui/door/mod.ts";
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
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      await test[Symbol.asyncDispose]();
    },
  };
}

Deno.test("UI235 a slot that is to be removed and is not the object's own is not found, in words", async () => {
  await using test = await openBoth();
  const none = await test.run("set", "square", "widht", "--remove");
  assert.equal(none.code, 3);
  assert.match(none.err, /^telos: "square" has no slot "widht" of its own\n +It has width/);
  const inherited = await test.run("set", "square", "area", "--remove");
  assert.equal(inherited.code, 3);
  assert.match(inherited.err, /"square" has no slot "area" of its own: it is inherited from "shape"\n/);
});
