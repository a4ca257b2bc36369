/**
 * A real Chromium for tests of the canvas. Where none is found a test is skipped with its reason in print; with
 * `TELOS_REQUIRE_PARTS=1` it fails instead.
 */
import { type Browser, chromium } from "playwright-core";
import { type Found, testWithParts } from "./parts.ts";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
];

/** The browser named by `TELOS_CHROMIUM`, or the first at a place where one usually is. */
export async function findChromium(): Promise<Found> {
  const named = Deno.env.get("TELOS_CHROMIUM");
  for (const path of named === undefined ? PLACES : [named]) {
    if (await isFile(path)) return { found: true, path };
  }
  return {
    found: false,
    reason: named === undefined
      ? "no Chromium is at any of the usual places; set TELOS_CHROMIUM to one"
      : `TELOS_CHROMIUM names ${named}, which is not there`,
  };
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

export async function launchChromium(path: string): Promise<Browser> {
  return await chromium.launch({ executablePath: path, args: FLAGS });
}

/** Registers a test that gets a browser of its own, closed when it is over. */
export function browserTest(name: string, found: Found, run: (browser: Browser) => Promise<void>): void {
  testWithParts(name, found, async (path) => {
    const browser = await launchChromium(path);
    try {
      await run(browser);
    } finally {
      await browser.close();
    }
  });
}
