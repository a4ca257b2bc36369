import assert from "node:assert/strict";
import type { BackupsView } from "../../../../ui/protocol.ts";
import { browserTest, findChromium } from "../../../support/browser.ts";
import { openCanvas } from "./canvas_page.ts";
import { startProgram } from "./program.ts";

const chromium = await findChromium();

browserTest(
  "CA90 the state of the system shows backups, makes one, tries it, and says how each point is restored",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    const { folder } = await program.get("/api/backups") as BackupsView;
    try {
      const { page, errors } = await openCanvas(browser, program.url);
      await page.getByRole("button", { name: "State of the system" }).click();
      const section = page.getByRole("region", { name: "Backups" });
      await section.getByText("none yet", { exact: true }).first().waitFor();
      assert.equal(await section.getByRole("button", { name: "Try a restore" }).isDisabled(), true);
      await section.getByRole("button", { name: "Back up now" }).click();
      const point = section.getByRole("button", { name: /full, \d+ thoughts?, / });
      await point.click();
      const { last } = await program.get("/api/backups") as BackupsView;
      const command = await section.locator(".point-command code").innerText();
      assert.equal(
        command,
        `telos restore --from '${last === null ? "" : folder}' --to ${last?.position} NEW_FOLDER`,
      );
      await section.getByRole("button", { name: "Try a restore" }).click();
      await section.getByText(/\d+ objects and \d+ thoughts? came back whole/).waitFor();
      await page.locator(".status-bar").getByText(/backup (just now|\d+ s ago)/).waitFor();
      assert.deepEqual(errors, []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
