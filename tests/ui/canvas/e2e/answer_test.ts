import assert from "node:assert/strict";
import { browserTest, findChromium } from "../../../support/browser.ts";
import { ollamaParts, startOllama } from "../../../support/ollama.ts";
import { eventually, openCanvas } from "./canvas_page.ts";
import { startProgram } from "./program.ts";

const chromium = await findChromium();
const ollama = await ollamaParts();

/** A small model on a busy machine without a GPU is slow, and slower still while it is loaded. */
const PATIENCE_MS = 180_000;

browserTest(
  "CA80 tokens of a real model come into the page; a stopped answer leaves nothing",
  ollama.found ? chromium : ollama,
  async (browser) => {
    await using server = await startOllama();
    await using program = await startProgram({ ollamaHost: server.host });
    const setSlots = async (slots: Record<string, unknown>) => {
      for (const [slot, value] of Object.entries(slots)) {
        await program.command({ command: "SET_SLOT", object: "ALFRED", slot, value: value as string });
      }
    };
    await setSlots({ model: server.model, options: { num_predict: 12 } });
    await eventually(
      async () => (await program.get("/health") as { mind: { name: string } }).mind.name,
      (mind) => mind === "ollama",
    );
    const { page, errors } = await openCanvas(browser, program.url);
    await page.getByRole("combobox", { name: "Who answers" }).selectOption({ label: "ALFRED" });
    const question = page.getByRole("textbox", { name: "Your question" });
    await question.fill("Say hello.");
    await question.press("Enter");
    const first = page.locator(".exchange").first();
    const lengths = new Set<number>();
    await eventually(
      async () => {
        lengths.add((await first.locator(".answer-text").innerText()).length);
        return await first.getAttribute("data-state");
      },
      (state) => state === "complete",
      PATIENCE_MS,
    );
    assert.ok(lengths.size > 2, `the text had only the lengths ${[...lengths]}`);
    assert.notEqual((await first.locator(".answer-text").innerText()).trim(), "");

    await setSlots({ options: { num_predict: 2000 } });
    const thoughts = (await program.log()).length;
    await question.fill("Tell a very long story about a lighthouse, with many chapters.");
    await question.press("Enter");
    const second = page.locator(".exchange").nth(1);
    await eventually(
      async () => (await second.locator(".answer-text").innerText()).length,
      (length) => length > 10,
      PATIENCE_MS,
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
