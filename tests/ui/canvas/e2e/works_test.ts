import assert from "node:assert/strict";
import { browserTest, findChromium } from "../../../support/browser.ts";
import { openCanvas } from "./canvas_page.ts";
import { startProgram } from "./program.ts";

const chromium = await findChromium();
const CLONES = 3_000;
/** A fork that is done before anybody could press Stop is made again. */
const TRIES = 10;

browserTest(
  "CA93 the state of the system shows a fork that is under way, with a button that stops it, and what history costs",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    const parent = await Deno.makeTempDir({ prefix: "telos-works-" });
    try {
      for (let n = 0; n < CLONES; n += 100) {
        await Promise.all(
          Array.from({ length: 100 }, () => program.command({ command: "CLONE", object: "square" })),
        );
      }
      const { page, errors } = await openCanvas(browser, program.url);
      await page.getByRole("button", { name: "State of the system" }).click();
      const works = page.getByRole("region", { name: "Under way" });
      assert.equal(await works.count(), 0);
      const stop = works.getByRole("button", { name: "Stop: Forking the image" });
      for (let tries = 1;; tries++) {
        const forking = program.command({ command: "FORK", folder: `${parent}/${tries}` })
          .then(() => "done", (error) => String(error));
        // Pressed the moment it is there: a pointer would first wait until it stands still.
        const pressed = stop.dispatchEvent("click", {}, { timeout: 2_000 }).catch(
          () => {/* it was done before */},
        );
        const ended = await forking;
        if (/The fork was stopped/.test(ended)) {
          await pressed;
          break;
        }
        assert.ok(ended === "done" && tries < TRIES, ended);
      }
      await works.waitFor({ state: "detached" });
      // It is counted behind the work, the first time half a minute after the start.
      await page.getByText(/^[\d.]+ [kM]?B of [\d,]+ thoughts; all of it is kept$/).waitFor({
        timeout: 90_000,
      });
      assert.deepEqual(errors, []);
    } finally {
      await Deno.remove(parent, { recursive: true });
    }
  },
);
