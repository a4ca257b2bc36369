import assert from "node:assert/strict";
import { threadExportSchema } from "../../../../ui/protocol.ts";
import { browserTest, findChromium } from "../../../support/browser.ts";
import { chunk, startBadOllama, streamed } from "../../../support/bad_ollama.ts";
import { EXCHANGES_SHOWN_MAX } from "../../../../ui/canvas/limits.ts";
import { openCanvas } from "./canvas_page.ts";
import { startProgram } from "./program.ts";

interface Chat {
  readonly messages: readonly { readonly content: string }[];
}

const models = ["phi3:3.8b", "mistral:7b", "gemma2:9b", "qwen2:7b"].map((name) => ({ name, size: 1_000 }));

/** A server with the models of all personas, on which each says its name and how often it was asked. */
function roleplayingServer() {
  let answers = 0;
  return startBadOllama({
    "/api/tags": () => Response.json({ models }),
    "/api/chat": (_request, body) => {
      const { messages } = body as Chat;
      const name = /You are ([A-Z]+)/.exec(messages[0]!.content)?.[1] ?? "?";
      const words = ["This ", "is ", `${name}, `, `answer ${++answers}.`];
      return streamed([...words.map((word) => chunk(word)), chunk("", true)]);
    },
  });
}

browserTest(
  "CA120 several answer, the prompt is opened and asked again, and a thread is branched, named and saved",
  await findChromium(),
  async (browser) => {
    await using ollama = roleplayingServer();
    await using program = await startProgram({ ollamaHost: ollama.host });
    await program.command({ command: "REMEMBER", text: "The bridge was built in 1904 by Anna Holm." });
    const { page, errors } = await openCanvas(browser, program.url, { acceptDownloads: true });
    const question = page.getByRole("textbox", { name: "Your question" });
    const exchanges = page.locator(".exchange");
    const complete = (index: number) =>
      exchanges.nth(index).and(page.locator('[data-state="complete"]')).waitFor();

    await question.fill("@br");
    await question.press("Tab");
    assert.equal(await question.inputValue(), "@BRICK ");
    await question.fill("@BRICK Will the old bridge hold?");
    await question.press("Enter");
    await complete(0);
    await exchanges.nth(0).getByText("This is BRICK, answer 1.").waitFor();

    await page.getByRole("combobox", { name: "Who answers" }).selectOption({ label: "Several…" });
    await page.getByRole("checkbox", { name: "ALFRED" }).uncheck();
    await page.getByRole("checkbox", { name: "ROBIN" }).uncheck();
    await page.getByRole("checkbox", { name: "hearing one another" }).check();
    await question.fill("Shall we rebuild the bridge?");
    await question.press("Enter");
    await complete(1);
    const several = exchanges.nth(1);
    await several.getByText("This is ALFRED, answer 6.").waitFor();
    await several.getByText("What BRICK, BABS said").click();
    assert.equal(await several.locator(".voices li").count(), 4);
    await several.getByText("This is BABS", { exact: false }).first().waitFor();

    await several.getByRole("button", { name: "Prompt" }).click();
    const dialog = page.getByRole("dialog", { name: "What the model was sent" });
    await dialog.getByText("BRICK said:", { exact: false }).last().waitFor();
    assert.equal(await dialog.locator(".sent").count(), 5);
    await page.keyboard.press("Escape");
    await several.getByRole("button", { name: "Ask again" }).click();
    await several.locator(".again").getByText("This is ALFRED, answer 7.").waitFor();
    await several.getByText("This is ALFRED, answer 6.").waitFor();

    await exchanges.nth(0).getByRole("button", { name: "Branch here" }).click();
    await page.getByRole("button", { name: "main 2" }).waitFor();
    await exchanges.nth(0).getByText("from main").waitFor();
    assert.equal(await exchanges.count(), 1);
    await page.getByRole("combobox", { name: "Who answers" }).selectOption({ label: "BABS" });
    await question.fill("And when was it built?");
    await question.press("Enter");
    await complete(1);
    await page.getByRole("button", { name: "Rename this thread" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("dates");
    await page.keyboard.press("Enter");
    const current = page.locator(".thread-name");
    await current.getByText("dates").waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Save as JSON" }).click(),
    ]);
    assert.equal(download.suggestedFilename(), "dates.json");
    const saved = threadExportSchema.parse(JSON.parse(await Deno.readTextFile(await download.path())));
    assert.deepEqual(saved.exchanges.map(({ query_text }) => query_text), [
      "@BRICK Will the old bridge hold?",
      "And when was it built?",
    ]);

    await page.getByRole("button", { name: "Delete this thread" }).click();
    const asked = page.getByRole("dialog", { name: "Delete dates?" });
    await asked.getByText("1 turn will be gone", { exact: false }).waitFor();
    await asked.getByRole("button", { name: "Delete thread" }).click();
    const toast = page.locator(".toast", { hasText: "Deleted dates" });
    // It stays while the pointer is over it.
    await toast.hover();
    await current.getByText("main", { exact: true }).waitFor();
    await toast.getByRole("button", { name: "Undo" }).click();
    await current.getByText("dates").waitFor();
    await complete(1);

    await current.click();
    assert.deepEqual(await page.locator(".thread-row .strong").allInnerTexts(), ["dates", "main"]);
    await page.locator(".thread-row", { hasText: "Shall we rebuild" }).click();
    await exchanges.nth(1).waitFor();
    await page.reload();
    await several.locator(".again").getByText("answer 7.", { exact: false }).waitFor();

    await exchanges.nth(0).getByRole("button", { name: "BRICK", exact: true }).click();
    const form = page.getByRole("form", { name: "Persona" });
    // This server does not tell what its models were made for.
    await form.getByRole("textbox", { name: "Context (at most unknown)" }).waitFor();
    await form.getByRole("textbox", { name: "Memory (GB)" }).fill("much");
    await form.getByRole("button", { name: "Save persona" }).click();
    await form.getByText("number of gigabytes", { exact: false }).waitFor();
    await form.getByRole("button", { name: "Discard" }).click();
    await form.getByRole("textbox", { name: "Prompt" }).fill("You are MASON.");
    await form.getByRole("button", { name: "Save persona" }).click();
    await form.getByRole("button", { name: "Save persona" }).waitFor({ state: "detached" });
    await page.locator(".inspector").getByRole("button", { name: "Clone", exact: true }).click();
    await page.getByRole("option", { name: "BRICK 2" }).waitFor({ state: "attached" });
    await question.fill("@BRICK 2 Who are you?");
    await question.press("Enter");
    await exchanges.nth(2).getByText("This is MASON, answer 9.").waitFor();
    assert.deepEqual(errors, []);
  },
);

browserTest(
  "CA70 what is written while a question or a memory is on its way, and the filter of a recall, stay",
  await findChromium(),
  async (browser) => {
    await using program = await startProgram();
    const { page, errors } = await openCanvas(browser, program.url);
    let go = Promise.withResolvers<void>();
    await page.route("**/api/commands", async (route) => {
      await go.promise;
      await route.continue();
    });
    const question = page.getByRole("textbox", { name: "Your question" });
    await question.fill("Who is there?");
    await question.press("Enter");
    await question.fill("And who else?");
    go.resolve();
    await page.locator('.exchange[data-state="complete"]').waitFor();
    assert.equal(await question.inputValue(), "And who else?");

    await page.getByRole("tab", { name: "Memory" }).or(page.getByRole("button", { name: "Memory" })).first()
      .click();
    await page.getByRole("tab", { name: "Talk" }).or(page.getByRole("button", { name: "Talk" })).first()
      .click();
    const whom = page.getByRole("combobox", { name: "Who answers" });
    await program.command({ command: "CLONE", object: "BRICK", name: "ZED" });
    await whom.locator("option", { hasText: "ZED" }).waitFor({ state: "attached" });
    await whom.selectOption({ label: "ZED" });
    await page.getByRole("tab", { name: "Memory" }).or(page.getByRole("button", { name: "Memory" })).first()
      .click();
    await page.getByRole("tab", { name: "Talk" }).or(page.getByRole("button", { name: "Talk" })).first()
      .click();
    assert.equal(
      await whom.evaluate((element: HTMLSelectElement) => element.selectedOptions[0]?.text),
      "ZED",
    );
    await program.command({ command: "DELETE", object: "ZED" });
    await whom.locator("option", { hasText: "ZED" }).waitFor({ state: "detached" });
    assert.equal(
      await whom.evaluate((element: HTMLSelectElement) => element.selectedOptions[0]?.text),
      "Whom it suits",
      "who is gone is asked no more",
    );
    await page.getByRole("tab", { name: "Memory" }).or(page.getByRole("button", { name: "Memory" })).first()
      .click();

    go = Promise.withResolvers<void>();
    const memory = page.getByRole("textbox", { name: "Something to remember" });
    await memory.fill("The pier is old.");
    await memory.press("Control+Enter");
    await memory.fill("The lighthouse is older.");
    go.resolve();
    await page.getByText("Remembered").waitFor();
    assert.equal(await memory.inputValue(), "The lighthouse is older.");

    await page.getByText("Take in files").click();
    const path = page.getByRole("textbox", { name: "A folder or file of the machine" });
    await path.fill("/home/mira/notes");
    await page.getByText("All memories").click();
    await page.getByRole("combobox", { name: "Kind" }).selectOption("concept");
    await page.getByRole("searchbox", { name: "Recall, in any words" }).fill("the harbour");
    await page.getByRole("tab", { name: "Talk" }).or(page.getByRole("button", { name: "Talk" })).first()
      .click();
    await page.getByRole("tab", { name: "Memory" }).or(page.getByRole("button", { name: "Memory" })).first()
      .click();
    assert.equal(await path.inputValue(), "/home/mira/notes");
    await page.getByText("Only some memories").waitFor();
    assert.equal(
      await page.getByRole("searchbox", { name: "Recall, in any words" }).inputValue(),
      "the harbour",
    );
    assert.deepEqual(errors, []);
  },
);

browserTest(
  "CA122 of a long thread the newest turns are shown, and that there may be more is said",
  await findChromium(),
  async (browser) => {
    await using program = await startProgram();
    const ask = async (count: number) => {
      const before = (await program.log()).filter(({ kind }) => kind === "exchange").length;
      for (let n = 0; n < count; n++) {
        const query_text = `Question ${before + n}`;
        await program.command({ command: "USER_QUERY_REQUEST", query_text, timestamp: Date.now() });
        while (!JSON.stringify(await program.get("/api/conversation?limit=1")).includes(query_text)) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
    };
    await ask(EXCHANGES_SHOWN_MAX - 1);
    const { page, errors } = await openCanvas(browser, program.url);
    const first = () => page.locator(".question").first().innerText();
    assert.match(await first(), /Question 0$/);
    const hint = page.getByText("Shown are the newest");
    assert.equal(await hint.count(), 0);
    await ask(2);
    await hint.waitFor();
    assert.equal(await page.locator(".exchange").count(), EXCHANGES_SHOWN_MAX);
    assert.match(await first(), /Question 1$/);
    assert.deepEqual(errors, []);
  },
);
