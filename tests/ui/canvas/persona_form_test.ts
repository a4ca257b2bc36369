import assert from "node:assert/strict";
import { changedSlots, isPersona, personaFields } from "../../../ui/canvas/model/persona_form.ts";
import type { ObjectView, WireValue } from "../../../ui/protocol.ts";

function view(name: string, slots: Record<string, WireValue>): ObjectView {
  return {
    oid: name,
    name,
    parents: [],
    slots,
    methods: {},
    position: null,
    versionstamp: null,
    state: "active",
    reason: null,
    chain: [],
    createdAt: 0,
  };
}

const chain = [
  view("Bertie", { prompt: "You are Bertie.", keep_alive: 0 }),
  view("persona_prototype", {
    prompt: "Be brief.",
    role: "persona",
    model: "phi3:3.8b",
    vram_bytes: 2_200_000_000,
    options: { num_predict: 1024, seed: 1 },
  }),
];

Deno.test("CA123 a persona's fields are its own slots, else those it inherits", () => {
  assert.deepEqual(personaFields(chain), {
    role: "persona",
    prompt: "You are Bertie.",
    model: "phi3:3.8b",
    gigabytes: "2.2",
    keepAlive: "0",
    context: "",
    length: "1024",
    temperature: "",
  });
  assert.equal(isPersona(chain), true);
  assert.equal(isPersona([view("counter", {})]), false);
});

Deno.test("CA123 only what was changed is set; options without a field stay as they are", () => {
  const fields = personaFields(chain);
  const changes = (more: Partial<typeof fields>) => {
    const result = changedSlots(chain, { ...fields, ...more });
    return result.ok ? result.changes : result.reason;
  };
  assert.deepEqual(changes({}), []);
  assert.deepEqual(changes({ prompt: "You are B." }), [{ slot: "prompt", value: "You are B." }]);
  assert.deepEqual(changes({ gigabytes: "4.1" }), [{ slot: "vram_bytes", value: 4_100_000_000 }]);
  assert.deepEqual(changes({ keepAlive: "-1" }), [{ slot: "keep_alive", value: -1 }]);
  assert.deepEqual(changes({ keepAlive: "1h30m" }), [{ slot: "keep_alive", value: "1h30m" }]);
  assert.deepEqual(changes({ context: "2048", length: "" }), [{
    slot: "options",
    value: { seed: 1, num_ctx: 2048 },
  }]);
});

Deno.test("CA123 what is wrong in a field is said", () => {
  const fields = personaFields(chain);
  const reason = (more: Partial<typeof fields>) => {
    const result = changedSlots(chain, { ...fields, ...more });
    return result.ok ? "" : result.reason;
  };
  assert.match(reason({ gigabytes: "much" }), /number of gigabytes/);
  assert.match(reason({ keepAlive: "a while" }), /a time such as 5m/);
  assert.match(reason({ context: "1.5" }), /whole number of tokens/);
  assert.match(reason({ temperature: "3" }), /from 0 to 2/);
});
