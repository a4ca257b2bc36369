import assert from "node:assert/strict";
import { browserTest, findChromium } from "../../../support/browser.ts";
import { ollamaParts, startOllama } from "../../../support/ollama.ts";
import { eventually, openCanvas } from "./canvas_page.ts";
import { startProgram } from "./program.ts";

const chromium = await findChromium();
const ollama = await ollamaParts();

browserTest(
  "CA80 tokens of a real model come into the page; a stopped answer leaves nothing",
  ollama.found ? chromium : ollama,
  async (browser) => {
    await using server = await startOllama();
    await using program = await startProgram({ ollamaHost: server.host });
    await program.command({
      command: "SET_SLOT",
      object: "persona_prototype",
      slot: "model",
      value: server.model,
    });
    for (const name of ["ALFRED", "BRICK", "ROBIN", "BABS"]) {
      await program.command({ command: "SET_SLOT", object: name, slot: "model", value: server.model });
    }
    await eventually(
      async () => (await program.get("/health") as { mind: { name: string } }).mind.name,
      (mind) => mind === "ollama",
    );
    const { page, errors } = await openCanvas(browser, program.url);
    const question = page.getByRole("textbox", { name: "Your question" });
    await question.fill("Say hello in one short sentence.");
    await question.press("Enter");
    const first = page.locator(".exchange").first();
    const lengths = new Set<number>();
    await eventually(async () => {
      lengths.add((await first.locator(".answer-text").innerText()).length);
      return await first.getAttribute("data-state");
    }, (state) => state === "complete");
    assert.ok(lengths.size > 2, `the text grew ${lengths.size} times only`);
    const said = (await first.locator(".answer-text").innerText()).trim();
    assert.notEqual(said, "");

    const thoughts = (await program.log()).length;
    await question.fill("Tell a very long story about a lighthouse, with many chapters.");
    await question.press("Enter");
    const second = page.locator(".exchange").nth(1);
    await eventually(
      async () => (await second.locator(".answer-text").innerText()).length,
      (length) => length > 20,
    );
    await second.getByRole("button", { name: "Stop" }).click();
    await second.getByText("Nothing of it was kept").waitFor();
    assert.equal(await second.locator(".answer-text").count(), 0);
    assert.equal((await program.log()).length, thoughts);
    await page.reload();
    await page.locator('.exchange[data-state="complete"]').waitFor();
    assert.equal(await page.locator(".exchange").count(), 1);
    assert.deepEqual(errors, []);
  },
);
