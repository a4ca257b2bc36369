/**
 * From the mind's socket to the page: each token is stamped when the mind hands it to its socket, and again when it stands
 * in the document of a real Chromium that shows the canvas; between them are the real server, its stream and the canvas.
 * Against 16 ms, the time of one frame.
 */
import { chromium, type Page } from "playwright-core";
import { modelsFolder } from "./living_image.ts";
import type { Row } from "./row.ts";
import { serveImage, untilAnswered } from "./served_image.ts";
import { percentile, rounded, seededRandom } from "./statistics.ts";
import { startTokenSource, wallClock } from "./token_source.ts";

const FRAME_MS = 16;
const WORDS = 200;
const SEED = 5;
/** About 35 tokens a second, as a small model on two cores. */
const PAUSE_MS = { least: 18, most: 38 };

export const tokenRow: Row = {
  row: "token-to-dom",
  what: "a token from the mind's socket to the document of the page, p95",
  unit: "ms",
  bound: "at most",
  required: 1,
  async measure({ full, folder, say }) {
    const random = seededRandom(SEED);
    await using source = startTokenSource({
      models: ["phi3:3.8b", "mistral:7b", "gemma2:9b", "qwen2:7b"],
      words: WORDS,
      pauseMs: () => PAUSE_MS.least + random() * (PAUSE_MS.most - PAUSE_MS.least),
    });
    await using served = await serveImage(`${folder}/image`, {
      OLLAMA_HOST: source.host,
      TELOS_MODELS: modelsFolder(),
    });
    await untilAnswered(served, "/health", (body) => {
      const { ready } = body as { ready: { mind: { state: string }; embedder: { state: string } } };
      return ready.mind.state === "ready" && ready.embedder.state === "ready";
    });
    const browser = await chromium.launch({
      executablePath: Deno.env.get("TELOS_CHROMIUM") ?? "/usr/bin/chromium",
      args: ["--no-sandbox"],
    });
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      await page.goto(served.url, { waitUntil: "load" });
      await page.waitForSelector("textarea");
      await watch(page);
      const answers = full ? 5 : 2;
      // The first answer warms everything up: it loads code, and V8 has not seen it yet.
      for (let answer = 0; answer <= answers; answer++) {
        await ask(page, `Tell me about number ${answer}`);
        await untilSeen(page, (answer + 1) * WORDS);
        say(`${source.writtenAt.length} tokens`);
      }
      const shift = await clockShift(page);
      const seen = await page.evaluate("window.seenAt") as number[];
      const delays = source.writtenAt.map((written, word) => seen[word]! - shift - written).slice(WORDS);
      return {
        ours: percentile(delays, 0.95),
        baseline: FRAME_MS,
        how:
          `${delays.length} tokens of ${answers} answers, about 35 a second, stamped at the mind's socket and by a ` +
          `MutationObserver in Chromium ${browser.version()}; against one frame, ${FRAME_MS} ms`,
        beside: {
          "p50 ms": rounded(percentile(delays, 0.5)),
          "p99 ms": rounded(percentile(delays, 0.99)),
          "clock shift ms": rounded(shift),
        },
      };
    } finally {
      await browser.close();
    }
  },
};

/** Notes, for each numbered word, when it first stood in the document. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(`{
    window.seenAt = [];
    const look = () => {
      const now = performance.timeOrigin + performance.now();
      for (const [, digits] of document.body.textContent.matchAll(/w(\\d{5})/g)) {
        window.seenAt[Number(digits)] ??= now;
      }
    };
    new MutationObserver(look).observe(document.body, { childList: true, characterData: true, subtree: true });
  }`);
}

async function ask(page: Page, question: string): Promise<void> {
  const status = await page.evaluate(
    `fetch("/api/commands", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        command: "USER_QUERY_REQUEST",
        query_text: ${JSON.stringify(question)},
        timestamp: Date.now(),
        // Nobody has to decide who answers: every word that is written is a word of the answer.
        persona: "ALFRED",
      }),
    }).then(async (response) => response.status + " " + await response.text())`,
  ) as string;
  if (!status.startsWith("200")) throw new Error(`The question was answered with ${status.slice(0, 300)}`);
}

async function untilSeen(page: Page, words: number): Promise<void> {
  const until = performance.now() + 60_000;
  while (await page.evaluate("window.seenAt.length") as number < words) {
    if (performance.now() > until) {
      throw new Error(`Only ${await page.evaluate("window.seenAt.length")} tokens came`);
    }
    // Seldom, so that asking does not slow the page down.
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** How far the page's clock is ahead of ours: both against the system's, which both show in whole milliseconds. */
async function clockShift(page: Page): Promise<number> {
  const lead = `(() => {
    let sum = 0;
    for (let i = 0; i < 20000; i++) sum += performance.timeOrigin + performance.now() - Date.now();
    return sum / 20000;
  })()`;
  let sum = 0;
  for (let i = 0; i < 20_000; i++) sum += wallClock() - Date.now();
  return await page.evaluate(lead) as number - sum / 20_000;
}
