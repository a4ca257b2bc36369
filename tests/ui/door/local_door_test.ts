import assert from "node:assert/strict";
import { openTestImage } from "../../support/image.ts";
import { doorContract } from "./contract.ts";

doorContract("in this process", async () => {
  const test = await openTestImage();
  return { door: test.door, close: async () => await test[Symbol.asyncDispose]() };
});

Deno.test("UI9 a large former value that is damaged hides no thought from the log", async () => {
  await using test = await openTestImage();
  const { door, image: { store } } = test;
  await door.command({ command: "EXTEND", object: "genesis", name: "lamp" });
  for (const value of ["L".repeat(70_000), "small"]) {
    await door.command({ command: "SET_SLOT", object: "lamp", slot: "text", value });
  }
  for await (const { key } of store.scan(["blob"])) await store.beneath.delete(key);
  assert.equal((await door.log({ newest: true, limit: 2 })).length, 2);
  assert.equal((await door.log({ object: "lamp" })).length, 3);
});
