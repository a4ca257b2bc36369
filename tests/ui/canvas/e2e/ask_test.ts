/** A person asks objects in real Chromium: an answer with its translation, a correction, and what is not known. */
import assert from "node:assert/strict";
import { browserTest, findChromium } from "../../../support/browser.ts";
import { inspected, openCanvas } from "./canvas_page.ts";
import { startProgram } from "./program.ts";

const chromium = await findChromium();
/** Where a screenshot is wanted, a folder: `TELOS_SHOTS`. */
const shots = Deno.env.get("TELOS_SHOTS");

browserTest(
  "CA115 objects are asked in words; the structured question is shown and can be corrected",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    const { page, errors } = await openCanvas(browser, program.url);
    const shot = async (name: string) => {
      if (shots !== undefined) await page.screenshot({ path: `${shots}/${name}.png` });
    };
    await page.keyboard.press("q");
    await page.getByText("say when they do not know").waitFor();
    await shot("ask-empty");
    const field = page.getByRole("searchbox", { name: "A question about objects and their slots" });
    await field.fill("which objects have width = 5");
    await field.press("Enter");
    const answers = page.getByRole("list", { name: "Answers" });
    await answers.getByRole("button", { name: "square", exact: true }).waitFor();
    await page.getByText("which objects have width ⊛ 5").first().waitFor();
    await page.getByText("by patterns").waitFor();
    await page.getByText("How it was found").click();
    await shot("ask-answer");
    await answers.getByRole("button", { name: "square", exact: true }).click();
    await inspected(page, "square");

    await page.getByText("Correct the question").click();
    const form = page.getByRole("form", { name: "The structured question" });
    await form.getByRole("textbox", { name: "Value" }).fill("five thousand");
    await page.emulateMedia({ colorScheme: "dark" });
    await shot("ask-correct-dark");
    await form.getByRole("button", { name: "Ask as corrected" }).click();
    await page.getByText("I do not know.").waitFor();
    await page.getByText("as you asked it").waitFor();
    await shot("ask-unknown-dark");
    await page.emulateMedia({ colorScheme: "light" });
    assert.deepEqual(errors, []);

    await field.fill("sing to me");
    await field.press("Enter");
    await page.getByRole("alert").getByText("Cannot translate").waitFor();
    await shot("ask-problem");
    assert.ok(errors.every((error) => /4\d\d/.test(error)), errors.join("; "));
  },
);
