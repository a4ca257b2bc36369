import assert from "node:assert/strict";
import { browserTest, findChromium } from "../../../support/browser.ts";
import { Files, manyNotes } from "../../../actors/ingest/fixture.ts";
import { openCanvas } from "./canvas_page.ts";
import { startProgram } from "./program.ts";

const chromium = await findChromium();

browserTest(
  "CA130 files are taken in from the memory panel, with progress, what was left out, pause and cancel",
  chromium,
  async (browser) => {
    await using files = await Files.create({ ...manyNotes(10, 30), "photo.jpg": "\0" });
    await using program = await startProgram();
    const { page, errors } = await openCanvas(browser, program.url);
    await page.getByRole("tab", { name: "Memory" }).or(page.getByRole("button", { name: "Memory" })).first()
      .click();
    const part = page.getByRole("region", { name: "Files taken in" });
    await part.getByText("Take in files").click();
    const path = part.getByRole("textbox");
    await path.fill("/no/such/folder");
    await path.press("Enter");
    await part.getByText(/it is not there/).waitFor();

    await path.fill(files.folder);
    await path.press("Enter");
    await part.getByText("Taking in notes").waitFor();
    await part.getByRole("button", { name: "Pause" }).click();
    await part.getByText("Paused: notes").waitFor();
    // A window that joins is shown it too.
    const { page: other } = await openCanvas(browser, program.url);
    await other.getByRole("tab", { name: "Memory" }).or(other.getByRole("button", { name: "Memory" })).first()
      .click();
    await other.getByText("Paused: notes").waitFor();
    await other.getByRole("button", { name: "Go on" }).click();
    await part.getByText("Took in notes").waitFor({ timeout: 120_000 });
    await part.getByText("1 left out").click();
    await part.getByText("it is binary").waitFor();
    assert.match(await part.innerText(), /300 memories made/);
    assert.deepEqual(errors.filter((error) => !/status of 4\d\d/.test(error)), []);
  },
);
