import assert from "node:assert/strict";
import { type Behaviour, chunk, installed, startBadOllama, streamed } from "../../support/bad_ollama.ts";
import { Scene } from "./scene.ts";

/** A server on which the steward's decision is what the test says, and every answer is "Fine.". */
function deciding(decision: () => string | Promise<never>): Record<string, Behaviour> {
  return {
    "/api/tags": installed,
    "/api/chat": async (_request, body) => {
      const isDecision = (body as { format?: unknown }).format !== undefined;
      return streamed([chunk(isDecision ? await decision() : "Fine."), chunk("", true)]);
    },
  };
}

async function answered(scene: Scene, text: string) {
  const count = scene.stored.length;
  await scene.ask(text);
  await scene.until(() => scene.stored.length > count);
  return scene.stored.at(-1)!;
}

const chose = (personas: string[], manner = "side_by_side") =>
  JSON.stringify({ personas, manner, reason: "It is about feelings" });

Deno.test("OR43 where no rule is sure the steward decides within a schema, and the reason is shown", async () => {
  await using server = startBadOllama(deciding(() => chose(["ROBIN"])));
  await using scene = new Scene({ host: server.host });
  scene.settings = {};
  const { persona_name, reason } = await answered(scene, "Good morning!");
  assert.equal(persona_name, "ROBIN");
  assert.match(reason, /^ROBIN: ALFRED decided, as "It is about feelings"/);
  const { format, messages } = server.requests.find(({ path }) => path === "/api/chat")!.body as {
    format: { properties: { personas: { items: { enum: string[] } } } };
    messages: { content: string }[];
  };
  assert.deepEqual(format.properties.personas.items.enum, ["ALFRED", "BRICK", "ROBIN", "BABS"]);
  assert.equal(messages.at(-1)?.content, "Good morning!");
});

Deno.test("OR43 the steward may choose several; a sure rule and a named persona do not ask it", async () => {
  await using server = startBadOllama(deciding(() => chose(["BRICK", "ROBIN"], "in_turn")));
  await using scene = new Scene({ host: server.host });
  scene.settings = {};
  const several = await answered(scene, "Good morning!");
  assert.deepEqual(several.voices.map(({ persona_name }) => persona_name), ["BRICK", "ROBIN"]);
  assert.match(several.reason, /^BRICK and ROBIN in turn: ALFRED decided/);
  const asked = () =>
    server.requests.filter(({ body }) => (body as { format?: unknown } | null)?.format).length;
  assert.equal(asked(), 1);
  assert.equal((await answered(scene, "My code has a bug")).persona_name, "BRICK");
  assert.equal((await answered(scene, "@babs good morning")).persona_name, "BABS");
  scene.settings = { router: "rules" };
  assert.equal((await answered(scene, "Good morning!")).persona_name, "ALFRED");
  assert.equal(asked(), 1);
});

Deno.test("OR43 two rules that speak equally loud for different personas are not sure", async () => {
  await using server = startBadOllama(deciding(() => chose(["ROBIN"])));
  await using scene = new Scene({ host: server.host });
  scene.settings = {};
  assert.equal((await answered(scene, "I feel there is a bug")).persona_name, "ROBIN");
});

for (
  const [what, decision, reason] of [
    ["is no JSON", "Hello!", /what came cannot be read: it is not JSON/],
    ["has another shape", "{}", /what came cannot be read/],
    ["names somebody who is not there", chose(["SHERLOCK"]), /named somebody who is not there/],
  ] as const
) {
  Deno.test(`OR43 a decision that ${what} leaves the rule, and the reason says so`, async () => {
    await using server = startBadOllama(deciding(() => decision));
    await using scene = new Scene({ host: server.host });
    scene.settings = {};
    const exchange = await answered(scene, "Good morning!");
    assert.equal(exchange.persona_name, "ALFRED");
    assert.match(exchange.reason, reason);
  });
}

Deno.test("OR43 a decision that takes too long leaves the rule; a cancel meanwhile stores nothing", async () => {
  const asked = Promise.withResolvers<void>();
  const never = () => {
    asked.resolve();
    return new Promise<never>(() => {});
  };
  await using server = startBadOllama(deciding(never));
  await using hasty = new Scene({ host: server.host, limits: { decisionMs: 30 } });
  hasty.settings = {};
  assert.match((await answered(hasty, "Good morning!")).reason, /could not say: not within 30 ms/);
  await using patient = new Scene({ host: server.host, limits: { decisionMs: 60_000 } });
  patient.settings = {};
  const before = server.requests.filter(({ path }) => path === "/api/chat").length;
  const { answer } = await patient.ask("Good morning!");
  while (server.requests.filter(({ path }) => path === "/api/chat").length === before) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  patient.orchestrator.cancel(answer);
  assert.match(await patient.aborted(answer), /Stopped by the person/);
  assert.equal(patient.stored.length, 0);
  assert.equal(patient.orchestrator.status().running, 0);
});
