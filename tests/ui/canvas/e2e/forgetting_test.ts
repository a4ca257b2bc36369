import assert from "node:assert/strict";
import { browserTest, findChromium } from "../../../support/browser.ts";
import { inspected, openCanvas, select } from "./canvas_page.ts";
import { startProgram } from "./program.ts";

const chromium = await findChromium();

browserTest("CA119 forgetting asks first, and what is forgotten is gone", chromium, async (browser) => {
  await using program = await startProgram();
  const { page, errors } = await openCanvas(browser, program.url);
  await select(page, "counter");
  const forget = page.getByRole("button", { name: "Forget…" });
  await forget.click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("This cannot be undone").waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await inspected(page, "counter");
  await forget.click();
  if (Deno.env.get("SHOT")) await page.screenshot({ path: Deno.env.get("SHOT")! });
  await dialog.getByRole("button", { name: "Forget", exact: true }).click();
  await page.getByText(/^Forgotten\./).waitFor();
  await assert.rejects(program.get("/api/objects/counter"), /404|no object/);
  assert.deepEqual(errors, []);
});
