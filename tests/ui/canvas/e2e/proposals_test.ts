/** A person judges a method in real Chromium: what is shown, a yes, an edited yes, a no. */
import assert from "node:assert/strict";
import { browserTest, findChromium } from "../../../support/browser.ts";
import { startScriptedOllama } from "../../../support/scripted_ollama.ts";
import { grow, volume } from "../../../actors/kernel/scene.ts";
import { eventually, openCanvas, select } from "./canvas_page.ts";
import { startProgram } from "./program.ts";

const chromium = await findChromium();
/** Where a screenshot is wanted, a folder: `TELOS_SHOTS`. */
const shots = Deno.env.get("TELOS_SHOTS");

browserTest(
  "CA110 a method that waits for a yes is shown with its source, effects and examples; it is accepted, edited or rejected",
  chromium,
  async (browser) => {
    await using mind = startScriptedOllama({ ...grow, source: "(self, by) => 1" }, grow, volume, volume);
    await using program = await startProgram({ ollamaHost: mind.host });
    const { page, errors } = await openCanvas(browser, program.url);
    await page.getByRole("tab", { name: "Methods" }).click();
    await page.getByText("No method waits for a yes.").waitFor();
    await select(page, "square");
    await page.getByLabel("Selector", { exact: true }).fill("grow");
    await page.getByLabel(/^Arguments/).fill("1");
    await page.keyboard.press("Enter");
    const card = page.getByRole("article", { name: "New method grow for square" });
    await card.waitFor();
    await card.getByText("changes the object itself").waitFor();
    await card.getByText('self.set("width"').waitFor();
    await card.getByText("grow(3)").waitFor();
    await card.getByText("2 tries").waitFor();
    if (shots !== undefined) await page.screenshot({ path: `${shots}/proposal.png` });
    await page.emulateMedia({ colorScheme: "dark" });
    if (shots !== undefined) await page.screenshot({ path: `${shots}/proposal-dark.png` });
    await page.emulateMedia({ colorScheme: "light" });
    assert.equal((await program.object("square")).slots["width"], 5, "nothing is changed yet");
    await card.getByRole("button", { name: "Accept" }).click();
    await eventually(() => program.object("square"), ({ slots }) => slots["width"] === 6);
    await card.waitFor({ state: "detached" });

    await program.command({ command: "SEND", receiver: "square", selector: "volume", arguments: [2] });
    const second = page.getByRole("article", { name: "New method volume for square" });
    await second.getByRole("button", { name: "Edit" }).click();
    const source = second.getByRole("textbox", { name: "Source of volume" });
    await source.fill("(self) => 1");
    await second.getByRole("button", { name: "Accept as edited" }).click();
    await second.getByRole("alert").getByText("must answer 24, and answered 1").waitFor();
    if (shots !== undefined) await page.screenshot({ path: `${shots}/proposal-fails.png` });
    await source.fill('(self, depth) => self.send("area") * depth');
    await second.getByRole("button", { name: "Accept as edited" }).click();
    await second.waitFor({ state: "detached" });
    const { methods } = await program.object("square");
    assert.equal(methods["volume"]!.source, '(self, depth) => self.send("area") * depth');

    await program.command({ command: "SEND", receiver: "rectangle", selector: "volume", arguments: [2] });
    const third = page.getByRole("article", { name: "New method volume for rectangle" });
    await third.getByRole("combobox", { name: "Compare with" }).selectOption({ label: "square>>volume" });
    await third.locator(".line.removed").waitFor();
    await third.getByRole("button", { name: "Reject…" }).click();
    await third.getByRole("textbox", { name: "Why not" }).fill("a rectangle is flat");
    if (shots !== undefined) await page.screenshot({ path: `${shots}/proposal-reject.png` });
    await third.getByRole("button", { name: "Reject", exact: true }).click();
    await page.getByText("a rectangle is flat").waitFor();
    assert.equal((await program.object("rectangle")).methods["volume"], undefined);
    assert.deepEqual(errors.filter((error) => !/409|422/.test(error)), []);
  },
);

browserTest(
  "CA110 what was written about a method stays when that is decided in another window, until it is let go",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    await program.command({ command: "SEND", receiver: "shape", selector: "perimeter", arguments: [] });
    const { page, errors } = await openCanvas(browser, program.url);
    await page.getByRole("tab", { name: "Methods" }).click();
    const card = page.getByRole("article", { name: "New method perimeter for shape" });
    await card.getByRole("button", { name: "Edit" }).click();
    await card.getByRole("textbox", { name: "Source of perimeter" }).fill("(self) => 14 // long thought");
    const { proposals } = await program.get("/api/proposals") as { proposals: { oid: string }[] };
    await program.command({ command: "APPROVE", proposal: proposals[0]!.oid });
    await card.waitFor({ state: "detached" });
    const left = page.getByRole("article", { name: "What you wrote about shape perimeter" });
    await left.getByText("was installed meanwhile").waitFor();
    assert.equal(await left.getByRole("textbox").inputValue(), "(self) => 14 // long thought");
    await left.getByRole("button", { name: "Let it go" }).click();
    await left.waitFor({ state: "detached" });
    assert.deepEqual(errors, []);
  },
);

browserTest(
  "CA113 a method that is written over keeps its examples, and the editor says when they do not hold",
  chromium,
  async (browser) => {
    await using mind = startScriptedOllama(volume);
    await using program = await startProgram({ ollamaHost: mind.host });
    await program.command({ command: "SET_SLOT", object: "kernel", slot: "generation", value: "auto" });
    await program.command({ command: "SEND", receiver: "square", selector: "volume", arguments: [2] });
    const { page, errors } = await openCanvas(browser, program.url);
    await select(page, "square");
    const method = page.locator('.method[data-method="volume"]');
    await method.getByText("generated").waitFor();
    await method.getByRole("button", { name: "volume", exact: true }).click();
    const source = method.getByRole("textbox", { name: "Source of volume" });
    await source.fill("(self, depth) => depth");
    await page.keyboard.press("Control+s");
    await method.getByRole("alert").getByText("must answer 24, and answered 4").waitFor();
    if (shots !== undefined) await page.screenshot({ path: `${shots}/edit-fails.png` });
    assert.equal((await program.object("square")).methods["volume"]!.source, volume.source);
    await source.fill('(self, depth) => depth * self.send("area")');
    await page.keyboard.press("Control+s");
    await method.getByText(/^edited by /).waitFor();
    const kept = (await program.object("square")).methods["volume"]!;
    assert.deepEqual([kept.examples, kept.effects, kept.provenance!.earlier!.length], [1, [], 1]);
    await source.fill("(self) => 1");
    await method.getByRole("button", { name: "Save", exact: true }).click();
    await method.getByRole("button", { name: "Save without its examples" }).click();
    await method.getByRole("alert").waitFor({ state: "detached" });
    if (shots !== undefined) await page.screenshot({ path: `${shots}/edited.png` });
    const freed = (await program.object("square")).methods["volume"]!;
    assert.deepEqual([freed.source, freed.examples ?? 0], ["(self) => 1", 0]);
    assert.deepEqual(errors.filter((error) => !/422/.test(error)), []);
  },
);

browserTest(
  "CA116 a message that waits for a method shows how far that is, and is given up with a button",
  chromium,
  async (browser) => {
    await using mind = startScriptedOllama(() => new Promise<Response>(() => {}));
    await using program = await startProgram({ ollamaHost: mind.host });
    const { page } = await openCanvas(browser, program.url);
    await select(page, "square");
    await page.getByLabel("Selector", { exact: true }).fill("volume");
    await page.getByLabel(/^Arguments/).fill("2");
    await page.keyboard.press("Enter");
    const underWay = page.locator(".under-way");
    await underWay.getByText("a method is made for it: writing it").waitFor();
    await underWay.getByText("1 s").waitFor();
    if (shots !== undefined) await page.screenshot({ path: `${shots}/under-way.png` });
    await select(page, "counter");
    await select(page, "square");
    await underWay.getByRole("button", { name: "Stop" }).click();
    await page.getByText('No method "volume" was made for "square" as somebody stopped it').waitFor();
    assert.equal(await underWay.count(), 0);
    assert.equal((await program.object("square")).methods["volume"], undefined);
  },
);
