/** What a person does on the canvas, in the words of a test. */
import assert from "node:assert/strict";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

export interface CanvasPage {
  readonly page: Page;
  /** Errors of the page and what the browser refused, as they came. */
  readonly errors: string[];
}

/** Opens a window on the canvas and waits until it is loaded and live. */
export async function openCanvas(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<CanvasPage> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const errors: string[] = [];
  page.on("pageerror", (error) => void errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(url);
  await live(page);
  return { page, errors };
}

export async function live(page: Page): Promise<void> {
  await page.locator(".connection.connected").waitFor();
}

export const card = (page: Page, title: string) =>
  page.locator(`.card:has(.card-title:text-is(${JSON.stringify(title)}))`);

/** Selects an object by the search, as one does without knowing where it is. */
export async function select(page: Page, name: string): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search objects and commands" }).fill(name);
  await page.keyboard.press("Enter");
  await inspected(page, name);
}

/** Waits until the inspector shows an object of this name. */
export async function inspected(page: Page, name: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => document.querySelector<HTMLInputElement>(".name-input")?.value === wanted,
    name,
  );
}

/** Waits until a question has the answer that is wanted; fails with the last answer. */
export async function eventually<T>(
  ask: () => Promise<T>,
  wanted: (answer: T) => boolean,
  withinMs = 20_000,
): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (performance.now() > until) assert.fail(`still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function slotShown(page: Page, slot: string): Promise<string> {
  return (await page.locator(`.slots:not(.inherited) [data-slot="${slot}"] .slot-shown`).innerText()).trim();
}
