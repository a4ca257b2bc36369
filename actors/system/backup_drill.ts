/** The program of a restore drill's process: the drill, with what this program knows of an image's values. */
import { runDrillChild } from "../backup/mod.ts";
import { imageForms } from "./image_forms.ts";

export async function runBackupDrill(): Promise<void> {
  await runDrillChild(imageForms());
}

if (import.meta.main) await runBackupDrill();
