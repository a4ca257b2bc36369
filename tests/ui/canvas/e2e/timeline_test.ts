import assert from "node:assert/strict";
import { browserTest, findChromium } from "../../../support/browser.ts";
import { card, eventually, openCanvas, slotShown } from "./canvas_page.ts";
import { startProgram } from "./program.ts";

const chromium = await findChromium();

browserTest(
  "CA94 the history is scrubbed: canvas and inspector show the image as it was, read-only, and Escape leads back to now",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    await program.command({ command: "SET_SLOT", object: "square", slot: "width", value: 6 });
    await program.command({ command: "DELETE", object: "greeter" });
    await program.command({ command: "MOVE_MORPH", object: "counter", x: 900, y: 700 });
    await program.command({ command: "SET_SLOT", object: "square", slot: "width", value: 7 });
    const { page, errors } = await openCanvas(browser, program.url);
    await page.keyboard.press("h");
    const scrub = page.getByRole("slider", { name: "Scrub through the history" });
    await scrub.waitFor();
    assert.equal(await scrub.getAttribute("aria-valuetext"), "now");
    assert.equal(await card(page, "greeter").count(), 0);

    await page.getByRole("button", { name: "set square width", exact: true }).last().click();
    const banner = page.locator(".past-banner");
    await banner.getByText("This is the past.").waitFor();
    await card(page, "greeter").waitFor();
    assert.match(await scrub.getAttribute("aria-valuetext") ?? "", /set square width$/);

    await card(page, "square").click();
    await page.getByLabel("Slots as they were").waitFor();
    assert.match(await page.getByLabel("Slots as they were").innerText(), /width\s*6/);
    assert.equal(
      await page.locator(".inspector input, .inspector textarea").count(),
      0,
      "nothing to write into",
    );

    const changes = async () => (await program.log()).filter(({ kind }) => kind !== "maintenance");
    const before = await changes();
    const box = (await card(page, "square").boundingBox())!;
    await page.mouse.move(box.x + 20, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + 80, box.y + 90, { steps: 4 });
    await page.mouse.up();
    for (const key of ["Delete", "c"]) await page.keyboard.press(key);
    await page.getByText("This is the past: nothing can be changed here").waitFor();
    await page.keyboard.press("Control+z");
    assert.deepEqual(await card(page, "square").boundingBox(), box, "it stands where it stood");
    assert.deepEqual(await changes(), before, "nothing was changed");

    await page.keyboard.press("q");
    await page.getByText("Objects answer by what they hold now, not by the past").waitFor();
    await page.keyboard.press("h");

    await page.keyboard.press(".");
    await eventually(() => card(page, "greeter").count(), (count) => count === 0);
    await page.keyboard.press(",");
    await card(page, "greeter").waitFor();
    await scrub.focus();
    await page.keyboard.press("End");
    await banner.waitFor({ state: "detached" });
    assert.equal(await slotShown(page, "width"), "7", "the inspector shows what is now");
    await page.keyboard.press("ArrowLeft");
    await banner.waitFor();
    await page.keyboard.press("Escape");
    await banner.waitFor({ state: "detached" });
    assert.deepEqual(errors, []);
  },
);

browserTest(
  "CA95, CA96 a thought tells what it changed, is undone and forked from there; a refused undo lists what would be lost",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    const folder = await Deno.makeTempDir({ prefix: "telos-fork-" });
    await program.command({ command: "SET_SLOT", object: "square", slot: "notes", value: "one\ntwo\nthree" });
    await program.command({ command: "SET_SLOT", object: "square", slot: "notes", value: "one\n2\nthree" });
    await program.command({ command: "SET_SLOT", object: "square", slot: "width", value: 9 });
    const { page } = await openCanvas(browser, program.url);
    await page.keyboard.press("h");
    await page.getByRole("button", { name: "set square notes", exact: true }).first().click();
    const lines = page.getByLabel("Lines that differ");
    await lines.waitFor();
    assert.deepEqual((await lines.innerText()).split("\n").map((line) => line.trim()), [
      "one",
      "− two",
      "+ 2",
      "three",
    ]);

    await page.getByRole("button", { name: "Fork from here" }).click();
    await page.getByLabel("Folder of the fork").fill(`${folder}/fork`);
    await page.getByRole("button", { name: "Fork", exact: true }).click();
    await page.getByText(`Forked into ${folder}/fork`).waitFor();
    assert.ok((await Deno.stat(`${folder}/fork/image.kv`)).isFile);

    await page.getByRole("button", { name: "Undo this" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("1 later change of the same objects would be lost. Undo it first.").waitFor();
    await dialog.getByRole("button", { name: "Undo: set square width" }).click();
    await eventually(() => program.object("square"), ({ slots }) => slots.width === 5);
    await page.getByRole("button", { name: "Undo this" }).click();
    await eventually(() => program.object("square"), ({ slots }) => slots.notes === "one\ntwo\nthree");
    await Deno.remove(folder, { recursive: true });
  },
);
