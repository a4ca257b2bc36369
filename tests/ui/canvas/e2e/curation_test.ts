/** A person has memories curated in real Chromium: the report, the concepts, and an undo. */
import assert from "node:assert/strict";
import { browserTest, findChromium } from "../../../support/browser.ts";
import { topics } from "../../../actors/curation/scene.ts";
import { openCanvas } from "./canvas_page.ts";
import { startProgram } from "./program.ts";

const chromium = await findChromium();
/** Where a screenshot is wanted, a folder: `TELOS_SHOTS`. */
const shots = Deno.env.get("TELOS_SHOTS");

browserTest(
  "CA140 curation is asked for, shows its concepts and what it did and why, and each step is taken back",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    const { page, errors } = await openCanvas(browser, program.url);
    await page.keyboard.press("s");
    const panel = page.getByRole("tabpanel", { name: "Sleep" });
    await panel.getByText("There are no concepts yet.").waitFor();
    if (shots !== undefined) await page.screenshot({ path: `${shots}/curation-empty.png` });
    const memories = [...Object.values(topics).flat(), topics.bread[0], "ok thanks"].map((text) => ({
      text,
    }));
    await program.command({ command: "REMEMBER_MANY", memories });
    await panel.getByRole("button", { name: "Curate now" }).click();
    const run = panel.getByRole("region", { name: "Last run" });
    await run.getByText("duplicate: the same text").waitFor();
    await run.getByText("junk: it says nothing but a word of courtesy").waitFor();
    const concepts = panel.getByRole("region", { name: "Concepts" });
    const bread = concepts.getByRole("button", { name: /sourdough/ }).first();
    await bread.waitFor();
    if (shots !== undefined) await page.screenshot({ path: `${shots}/curation.png` });
    await page.emulateMedia({ colorScheme: "dark" });
    if (shots !== undefined) await page.screenshot({ path: `${shots}/curation-dark.png` });
    await bread.click();
    await page.getByRole("complementary").getByText("abstraction_of").first().waitFor();
    const title = await bread.locator("strong").textContent();
    await run.getByRole("button", { name: `Undo: created ${title}` }).click();
    await bread.waitFor({ state: "detached" });
    assert.deepEqual(errors, []);
  },
);
