import assert from "node:assert/strict";
import { type Behaviour, chunk, says, startBadOllama, streamed } from "../../support/bad_ollama.ts";
import { join } from "node:path";
import { LocalMind } from "../../../actors/minds/mod.ts";
import { spawnChild } from "../../../actors/system/assets.ts";
import { tinySentence, writeTinyModel } from "../../support/tiny_model.ts";
import { persona, Scene } from "./scene.ts";

interface Chat {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

const tags: Behaviour = () =>
  Response.json({
    models: [{ name: "large:7b", size: 700 }, { name: "middle:3b", size: 300 }, {
      name: "small:1b",
      size: 100,
    }],
  });

/** A server on which each model behaves in its own way, and keeps nothing loaded. */
function server(models: Record<string, Behaviour>) {
  return startBadOllama({
    "/api/tags": tags,
    "/api/chat": (request, body) => models[(body as Chat).model]!(request, body),
  });
}

const dies: Behaviour = () => streamed([chunk("Milk "), chunk("is "), null]);
const refuses: Behaviour = () => Response.json({ error: "the runner has ended" }, { status: 500 });

function scene(host: string): Scene {
  return new Scene({ host, personas: [persona("ALFRED", { model: "large:7b" })] });
}

Deno.test("OR33 the next model goes on from where one stopped, and the text shows the seam", async () => {
  await using ollama = server({ "large:7b": dies, "small:1b": says("white", ".") });
  await using here = scene(ollama.host);
  await here.ask("What is milk?");
  await here.until(() => here.stored.length === 1);
  const stored = here.stored[0]!;
  assert.match(
    stored.full_text,
    /^Milk is \n\n\[large:7b broke off: .*the connection broke in mid-answer.* small:1b goes on\.\]\n\nwhite\.$/,
  );
  assert.equal(here.tokens().join(""), stored.full_text);
  assert.match(stored.reason, /large:7b failed \(.*\), and small:1b went on/);
  assert.deepEqual(here.of("ANSWER_ABORTED"), []);
  const last = ollama.requests.findLast((each) => each.path === "/api/chat")?.body as Chat;
  assert.equal(last.messages.at(-2)?.role, "assistant");
  assert.equal(last.messages.at(-2)?.content, "Milk is ");
  assert.match(last.messages.at(-1)?.content ?? "", /Go on exactly where the answer stops/);
});

Deno.test("OR33 one that fails before its first word leaves no seam in the text, and the reason says so", async () => {
  await using ollama = server({ "large:7b": refuses, "small:1b": says("White", ".") });
  await using here = scene(ollama.host);
  await here.ask("What is milk?");
  await here.until(() => here.stored.length === 1);
  assert.equal(here.stored[0]?.full_text, "White.");
  assert.match(
    here.stored[0]?.reason ?? "",
    /large:7b failed \(.*the runner has ended\), and small:1b went on/,
  );
});

Deno.test("OR33 one after another may fail; when nobody is left the answer ends with the failure", async () => {
  await using ollama = server({ "large:7b": dies, "small:1b": dies, "middle:3b": refuses });
  await using here = scene(ollama.host);
  const { answer } = await here.ask("What is milk?");
  assert.match(await here.aborted(answer), /the runner has ended/);
  assert.equal(here.stored.length, 0);
  const asked = ollama.requests.filter((each) => each.path === "/api/chat").map((each) =>
    (each.body as Chat).model
  );
  assert.deepEqual(asked, ["large:7b", "small:1b", "middle:3b"]);
});

Deno.test("OR33 a person who wants no seams gets the failure, and nothing is stored", async () => {
  await using ollama = server({ "large:7b": dies, "small:1b": says("white") });
  await using here = scene(ollama.host);
  here.settings = { onFailure: "stop" };
  const { answer } = await here.ask("What is milk?");
  assert.match(await here.aborted(answer), /the connection broke in mid-answer/);
  assert.equal(here.stored.length, 0);
  assert.equal(ollama.requests.filter((each) => each.path === "/api/chat").length, 1);
});

Deno.test("OR33 there is room for the next one, as what failed may go", async () => {
  const loaded = new Set<string>();
  const loads = (behaviour: Behaviour): Behaviour => (request, body) => {
    const { model, messages } = body as Chat;
    if (messages.length === 0) {
      loaded.delete(model);
      return Response.json({ model, message: { role: "assistant", content: "" }, done: true });
    }
    loaded.add(model);
    return behaviour(request, body);
  };
  await using ollama = startBadOllama({
    "/api/tags": tags,
    "/api/ps": () =>
      Response.json({ models: [...loaded].map((name) => ({ name, size: 700, size_vram: 0 })) }),
    "/api/chat": (request, body) =>
      ({ "large:7b": loads(dies), "small:1b": loads(says("white")) })[(body as Chat).model]!(request, body),
  });
  await using here = scene(ollama.host);
  here.settings = { vramBudgetBytes: 800 };
  await here.ask("What is milk?");
  await here.until(() => here.stored.length === 1);
  assert.match(here.stored[0]?.full_text ?? "", /small:1b goes on/);
  assert.deepEqual([...loaded], ["small:1b"]);
});

Deno.test("OR33 when the whole server is gone the local mind goes on, and answers the next question", async () => {
  const folder = await Deno.makeTempDir({ prefix: "telos-local-" });
  await writeTinyModel(join(folder, "tiny"));
  const second = new LocalMind({ spawn: () => spawnChild("local_mind"), folders: [folder] });
  let isGone = false;
  await using ollama = startBadOllama({
    "/api/tags": (request, body) => isGone ? new Response("gone", { status: 503 }) : tags(request, body),
    "/api/chat": (request, body) => {
      isGone = true;
      return dies(request, body);
    },
  });
  const options = { num_predict: 10 };
  const personas = [persona("ALFRED", { model: "large:7b", options })];
  try {
    await using here = new Scene({ host: ollama.host, second, personas });
    await here.chooser.fresh(20_000);
    await here.ask("What is milk?");
    await here.until(() => here.stored.length === 1, 60_000);
    const stored = here.stored[0]!;
    assert.ok(stored.full_text.startsWith("Milk is \n\n[large:7b broke off: "), stored.full_text);
    assert.ok(stored.full_text.trimEnd().endsWith(`tiny goes on.]\n\n${tinySentence}`), stored.full_text);
    assert.equal(stored.mind, "local");
    await here.ask("And water?");
    await here.until(() => here.stored.length === 2, 60_000);
    assert.equal(here.stored[1]?.mind, "local");
  } finally {
    await second.close();
    await Deno.remove(folder, { recursive: true });
  }
});
