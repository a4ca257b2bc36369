import assert from "node:assert/strict";
import fc from "fast-check";
import { SlotError } from "../../../actors/errors.ts";
import {
  checkSlotName,
  dataSlot,
  type Json,
  SLOT_BYTES_MAX,
  slotFromWire,
  slotToWire,
  VALUE_DEPTH_MAX,
} from "../../../actors/object/mod.ts";

const plain = fc.jsonValue({ maxDepth: 6 }).filter((value) => !/"\$|"__proto__"/.test(JSON.stringify(value)));

Deno.test("AC4 whatever JSON holds is stored and comes back the same", () => {
  fc.assert(fc.property(plain, (value) => {
    assert.deepEqual(slotToWire(slotFromWire("x", value)), value as Json);
  }));
});

Deno.test("AC4 references, methods and natives have their own wire forms", () => {
  for (
    const wire of [{ $ref: "square" }, { $method: "(self) => 1", doc: "one" }, { $native: "shape.area" }]
  ) {
    assert.deepEqual(slotToWire(slotFromWire("x", wire)), wire);
  }
});

for (
  const [what, value] of [
    ["a function", () => 1],
    ["undefined", undefined],
    ["not a number", NaN],
    ["infinity", -Infinity],
    ["a bigint", 1n],
    ["a date", new Date(0)],
    ["a map", new Map()],
    ["a key that programs take for the prototype", JSON.parse('{"a":{"__proto__":1}}')],
    ["a symbol", Symbol("x")],
    ["an unknown mark", { $what: 1 }],
    ["a mark among other keys", { $ref: "a", also: 1 }],
    ["an empty method", { $method: "  " }],
    ["a reference that is no text", { $ref: 7 }],
  ] as const
) {
  Deno.test(`AC4 ${what} cannot be stored, and the error says why`, () => {
    assert.throws(() => slotFromWire("x", value), (error) => {
      assert.ok(error instanceof SlotError);
      assert.match(error.message, /Cannot set slot "x" as /);
      assert.equal(error.code, "slot_invalid");
      return true;
    });
  });
}

Deno.test("AC4 data deeper or larger than the limit is refused with the figure", () => {
  let deep: Json = 1;
  for (let depth = 0; depth <= VALUE_DEPTH_MAX + 1; depth++) deep = [deep];
  assert.throws(() => dataSlot("x", deep), new RegExp(`${VALUE_DEPTH_MAX} deep`));
  assert.throws(() => dataSlot("x", "a".repeat(SLOT_BYTES_MAX)), new RegExp(`<= ${SLOT_BYTES_MAX} bytes`));
  assert.throws(() => dataSlot("x", "é".repeat(SLOT_BYTES_MAX / 2)), /bytes/);
});

Deno.test("AC4 slot names that programs take for their own are refused", () => {
  for (const name of ["__proto__", "constructor", "", "1st", "a\nb", "x".repeat(201), "parent*"]) {
    assert.throws(() => checkSlotName(name), SlotError, name);
  }
  for (const name of ["x", "größe", "at:put:", "_private", "has-dash", "is empty?"]) checkSlotName(name);
});
