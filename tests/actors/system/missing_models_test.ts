import assert from "node:assert/strict";
import { OllamaMind, RecallMind } from "../../../actors/minds/mod.ts";
import { startBadOllama } from "../../support/bad_ollama.ts";
import { healthUntil, nextEvent, openTestImage } from "../../support/image.ts";
import type { Health, StreamEvent } from "../../../ui/protocol.ts";

const onlyOther = {
  "/api/tags": () => Response.json({ models: [{ name: "other:1b", size: 100 }] }),
};

function missingIn(health: Health): string[] {
  const found = health.degraded.flatMap(({ reason }) =>
    / the model (\S+), which is not there/.exec(reason)?.[1] ?? []
  );
  return found.sort();
}

Deno.test("SY11 a new image names the models that its personas lack, and follows each change of a persona", async () => {
  await using server = startBadOllama(onlyOther);
  const minds = [new OllamaMind({ host: server.host }), new RecallMind()] as const;
  await using test = await openTestImage({ minds });
  const { door } = test;
  const fresh = await healthUntil(door, (health) => missingIn(health).length > 0);
  assert.deepEqual(missingIn(fresh), ["gemma2:9b", "mistral:7b", "phi3:3.8b", "qwen2:7b"]);

  const set = (object: string, value: string) =>
    door.command({ command: "SET_SLOT", object, slot: "model", value });
  const told = Promise.withResolvers<void>();
  const event = nextEvent(
    door,
    (each): each is Extract<StreamEvent, { command: "SYSTEM_STATUS_UPDATE" }> =>
      each.command === "SYSTEM_STATUS_UPDATE" && missingIn(each.health).length === 3,
    told.resolve,
  );
  await told.promise;
  await set("ALFRED", "other:1b");
  assert.deepEqual(missingIn((await event).health), ["gemma2:9b", "mistral:7b", "qwen2:7b"]);
  for (const name of ["BRICK", "ROBIN", "BABS"]) await set(name, "other:1b");
  await healthUntil(door, (health) => missingIn(health).length === 0);

  await door.command({ command: "EXTEND", object: "ALFRED", name: "PENNY" });
  await set("PENNY", "absent:2b");
  await healthUntil(door, (health) => missingIn(health).join() === "absent:2b");
  await door.command({ command: "DELETE", object: "PENNY" });
  await healthUntil(door, (health) => missingIn(health).length === 0);
  await door.command({ command: "UNDO" });
  await healthUntil(door, (health) => missingIn(health).join() === "absent:2b");
});
