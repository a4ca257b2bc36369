import assert from "node:assert/strict";
import { browserTest, findChromium } from "../../../support/browser.ts";
import { card, eventually, inspected, live, openCanvas, select, slotShown } from "./canvas_page.ts";
import { startProgram } from "./program.ts";

const chromium = await findChromium();

browserTest(
  "CA70 what is remembered is recalled at once, and a click shows it",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    const { page } = await openCanvas(browser, program.url);
    await page.getByRole("tab", { name: "Memory" }).click();
    const text = "The key to the bike shed hangs behind the blue door.";
    for (const each of [text, "Grandmother's apple cake needs four eggs."]) {
      await page.getByRole("textbox", { name: "Something to remember" }).fill(each);
      await page.getByRole("button", { name: "Remember", exact: true }).click();
      await eventually(
        () => page.getByRole("textbox", { name: "Something to remember" }).inputValue(),
        (left) => left === "",
      );
    }
    await page.getByRole("searchbox", { name: "Recall, in any words" }).fill("what hangs behind the door?");
    await page.keyboard.press("Enter");
    const hit = page.locator(".hit").first();
    await hit.waitFor();
    assert.match(await hit.innerText(), /bike shed[\s\S]*L1[\s\S]*canvas/);
    await hit.click();
    await inspected(page, "");
    await eventually(() => slotShown(page, "text_chunk"), (shown) => shown === text);

    await page.getByRole("textbox", { name: "Something to remember" }).fill("half a thought");
    await page.getByRole("tab", { name: "Talk" }).click();
    await page.getByRole("textbox", { name: "Your question" }).fill("half a question");
    await page.getByRole("tab", { name: "Memory" }).click();
    assert.equal(
      await page.getByRole("textbox", { name: "Something to remember" }).inputValue(),
      "half a thought",
    );
    await page.getByRole("tab", { name: "Talk" }).click();
    assert.equal(await page.getByRole("textbox", { name: "Your question" }).inputValue(), "half a question");
  },
);

browserTest("CA71 a second window follows the first", chromium, async (browser) => {
  await using program = await startProgram();
  const one = await openCanvas(browser, program.url);
  const two = await openCanvas(browser, program.url);
  await select(two.page, "counter");
  await select(one.page, "counter");
  await one.page.getByRole("combobox", { name: "Selector" }).fill("increment");
  await one.page.getByRole("button", { name: "Send", exact: true }).click();
  await eventually(() => slotShown(two.page, "count"), (text) => text === "1");
  const before = (await card(two.page, "counter").boundingBox())!;
  await one.page.locator(".stage-host").focus();
  await one.page.keyboard.press("Shift+ArrowRight");
  await eventually(async () => (await card(two.page, "counter").boundingBox())!.x, (x) => x > before.x + 5);
  await one.page.keyboard.press("c");
  await card(two.page, "counter 2").waitFor();
});

browserTest(
  "CA72 a killed server is noticed, and what happened meanwhile is caught up with, once",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    const { page } = await openCanvas(browser, program.url);
    await page.getByRole("tab", { name: "History" }).click();
    await select(page, "counter");
    await program.command({ command: "SET_SLOT", object: "counter", slot: "count", value: 5 });
    await eventually(() => slotShown(page, "count"), (text) => text === "5");
    await program.kill();
    await page.getByText("The connection to the image is lost.").waitFor();
    await program.restart();
    for (const value of [6, 7, 8]) {
      await program.command({ command: "SET_SLOT", object: "counter", slot: "count", value });
    }
    await program.command({ command: "CLONE", object: "counter", name: "counted" });
    await live(page);
    await eventually(() => slotShown(page, "count"), (text) => text === "8");
    await card(page, "counted").waitFor();
    const thoughts = await program.log();
    const shown = await eventually(
      () => page.locator(".timeline .thought-why").allInnerTexts(),
      (all) => all.length === thoughts.length,
    );
    assert.deepEqual(shown, thoughts.map(({ why }) => why));
  },
);

browserTest("CA73 a window without a server says so and comes back by itself", chromium, async (browser) => {
  await using program = await startProgram();
  const { page } = await openCanvas(browser, program.url);
  await page.route("**/api/canvas/**", (route) => route.abort());
  await page.reload();
  await page.getByRole("heading", { name: "The server cannot be reached" }).waitFor();
  await page.unroute("**/api/canvas/**");
  await live(page);
  await card(page, "genesis").waitFor();
});

browserTest(
  "CA74 without a model the persona quotes memory, says so, and names the memories it used",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    await program.command({ command: "REMEMBER", text: "Lena's birthday is on the third of May." });
    const { page } = await openCanvas(browser, program.url);
    await page.getByRole("textbox", { name: "Your question" }).fill("When is Lena's birthday?");
    await page.keyboard.press("Enter");
    const exchange = page.locator('.exchange[data-state="complete"]');
    await exchange.waitFor();
    assert.match(await exchange.locator(".answer-text").innerText(), /third of May/);
    await exchange.locator(".chip.memory").first().click();
    await eventually(() => slotShown(page, "text_chunk"), (text) => text.startsWith("Lena's birthday"));
    await page.reload();
    await live(page);
    await page.locator('.exchange[data-state="complete"]').getByText("When is Lena's birthday?").waitFor();
  },
);

browserTest(
  "CA75 the theme is the system's until one is chosen, and the choice is remembered",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    const { page } = await openCanvas(browser, program.url, { colorScheme: "dark" });
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await background();
    await page.getByRole("button", { name: "Theme: as the system" }).click();
    const light = await background();
    assert.notEqual(light, dark);
    await page.reload();
    await live(page);
    assert.equal(await background(), light);
  },
);
