import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { browserTest, findChromium } from "../../../support/browser.ts";
import type { CanvasView } from "../../../../ui/protocol.ts";
import { card, eventually, inspected, live, openCanvas, select, slotShown } from "./canvas_page.ts";
import { startProgram } from "./program.ts";

const chromium = await findChromium();

async function placeOf(program: { get(path: string): Promise<unknown> }, name: string) {
  const view = await program.get("/api/canvas/main") as CanvasView;
  return view.morphs.find(({ object }) => object.name === name)!;
}

browserTest(
  "CA60 a new image is there as morphs, and the page breaks no rule of its own",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    const { page, errors } = await openCanvas(browser, program.url);
    for (
      const name of ["genesis", "ALFRED", "BRICK", "ROBIN", "BABS", "context_fractal_prototype", "counter"]
    ) {
      await card(page, name).waitFor();
    }
    assert.equal(
      await card(page, "ALFRED").getAttribute("aria-label"),
      "ALFRED, persona, delegates to persona_prototype",
    );
    assert.deepEqual(errors, []);
  },
);

browserTest(
  "CA61 where a morph was dragged is where it is after the window is opened again",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    const { page } = await openCanvas(browser, program.url);
    const before = await placeOf(program, "counter");
    const box = (await card(page, "counter").boundingBox())!;
    await page.mouse.move(box.x + 20, box.y + 12);
    await page.mouse.down();
    await page.mouse.move(box.x + 80, box.y - 30, { steps: 6 });
    await page.mouse.up();
    const after = await eventually(() => placeOf(program, "counter"), ({ x }) => x !== before.x);
    assert.ok(after.x > before.x && after.y < before.y);
    await page.reload();
    await live(page);
    assert.deepEqual(await placeOf(program, "counter"), after);
    // In the units of the canvas, seen from the root, which was not moved.
    const shown = (await card(page, "counter").boundingBox())!;
    const root = (await card(page, "genesis").boundingBox())!;
    const scale = root.width / 232;
    const rootPlace = await placeOf(program, "genesis");
    assert.ok(Math.abs((shown.x - root.x) / scale - (after.x - rootPlace.x)) < 2);
    assert.ok(Math.abs((shown.y - root.y) / scale - (after.y - rootPlace.y)) < 2);
  },
);

browserTest("CA62 a slot is edited in place, and undone by the keys", chromium, async (browser) => {
  await using program = await startProgram();
  const { page } = await openCanvas(browser, program.url);
  await select(page, "square");
  await page.getByRole("button", { name: "Edit width" }).click();
  const field = page.getByRole("textbox", { name: "Value of width" });
  await field.fill("nine");
  await field.press("Enter");
  await page.getByText("This is not JSON").waitFor();
  await field.fill("9");
  await field.press("Enter");
  await page.getByText("Set square width").waitFor();
  assert.equal((await program.object("square")).slots["width"], 9);
  await eventually(() => slotShown(page, "width"), (text) => text === "9");
  await page.locator(".stage-host").focus();
  await page.keyboard.press("Control+z");
  await eventually(() => slotShown(page, "width"), (text) => text === "5");
  assert.equal((await program.object("square")).slots["width"], 5);
});

browserTest(
  "CA63 a clone and an extension stand on the canvas and are what is inspected",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    const { page } = await openCanvas(browser, program.url);
    await select(page, "counter");
    await page.getByRole("toolbar").getByRole("button", { name: "Clone" }).click();
    await inspected(page, "counter 2");
    assert.equal((await program.object("counter 2")).slots["count"], 0);
    await select(page, "counter");
    await page.locator(".stage-host").focus();
    await page.keyboard.press("e");
    await page.waitForFunction(() => document.querySelectorAll(".chain .chip").length === 2);
    const name = await page.locator(".name-input").inputValue();
    assert.deepEqual((await program.object(name)).parents, [(await program.object("counter")).oid]);
    await page.locator(".stage-host").focus();
    await page.keyboard.press("Delete");
    await card(page, name).waitFor({ state: "detached" });
  },
);

browserTest(
  "CA64 a message is sent and its answer shown; one that nobody understands suggests the nearest",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    const { page } = await openCanvas(browser, program.url);
    await select(page, "square");
    const selector = page.getByRole("combobox", { name: "Selector" });
    await selector.fill("area");
    await selector.press("Enter");
    await page.getByRole("status", { name: "Answer to area" }).getByText("25").waitFor();
    await select(page, "counter");
    await selector.fill("incremnt");
    await page.getByRole("textbox", { name: "Arguments" }).fill("4");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.locator(".problem").getByRole("button", { name: "increment", exact: true }).click();
    await page.getByRole("status", { name: "Answer to increment" }).getByText("4").waitFor();
    await eventually(() => slotShown(page, "count"), (text) => text === "4");
    await page.locator(".toast", { hasText: "counter increment" }).getByRole("button", { name: "Undo" })
      .click();
    await eventually(() => slotShown(page, "count"), (text) => text === "0");
  },
);

browserTest(
  "CA65 a method is changed in its editor; what does not compile is refused at its line",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    const { page } = await openCanvas(browser, program.url);
    await select(page, "greeter");
    await page.locator("[data-method=greet] .method-name").click();
    const source = page.getByRole("textbox", { name: "Source of greet" });
    await source.fill("(self) => {\n  return (;\n}");
    await source.press("Control+s");
    await page.locator(".method-editor .problem").waitFor();
    await source.fill('(self) => self.get("greeting") + "!"');
    await source.press("Control+s");
    await page.getByText("Set greeter greet").waitFor();
    assert.equal(
      (await program.command({ command: "SEND", receiver: "greeter", selector: "greet" })).result,
      "Hello!",
    );
  },
);

browserTest(
  "CA66 somebody else's change refuses an edit that began before it, and shows what is now",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    const { page } = await openCanvas(browser, program.url);
    await select(page, "square");
    await page.getByRole("button", { name: "Edit width" }).click();
    await program.command({ command: "SET_SLOT", object: "square", slot: "width", value: 77 });
    const field = page.getByRole("textbox", { name: "Value of width" });
    await field.fill("8");
    await field.press("Enter");
    await page.getByText('"width" has been set to 77 since you began').waitFor();
    assert.equal(await field.inputValue(), "8");
    await page.getByRole("button", { name: "Reload what it is now" }).click();
    await eventually(() => field.inputValue(), (text) => text === "77");
    await field.fill("8");
    await field.press("Enter");
    await eventually(() => program.object("square"), ({ slots }) => slots["width"] === 8);

    // Another slot is no reason; and who has edited with the keyboard goes on from the slot.
    const shows = (value: string) =>
      page.locator('[data-slot="width"] .slot-shown').filter({ hasText: value }).waitFor();
    await shows("8");
    await page.getByRole("button", { name: "Edit width" }).click();
    await program.command({ command: "SET_SLOT", object: "square", slot: "note", value: "changed" });
    await field.fill("9");
    await field.press("Enter");
    await eventually(() => program.object("square"), ({ slots }) => slots["width"] === 9);
    await eventually(
      () => page.evaluate(() => document.activeElement?.getAttribute("aria-label")),
      (label) => label === "Edit width",
    );
    // Mine in the place of theirs.
    await shows("9");
    await page.keyboard.press("Enter");
    await program.command({ command: "SET_SLOT", object: "square", slot: "width", value: 70 });
    await field.fill("10");
    await field.press("Enter");
    await page.getByText('"width" has been set to 70 since you began').waitFor();
    await field.press("Enter");
    await eventually(() => program.object("square"), ({ slots }) => slots["width"] === 10);
  },
);

browserTest("CA67 the whole canvas is reached by keys alone", chromium, async (browser) => {
  await using program = await startProgram();
  const { page } = await openCanvas(browser, program.url);
  await page.locator(".stage-host").focus();
  await page.keyboard.press("]");
  const first = await eventually(
    () => page.locator(".card.selected .card-title").allInnerTexts(),
    (all) => all.length === 1,
  );
  await page.keyboard.press("]");
  await eventually(
    () => page.locator(".card.selected .card-title").allInnerTexts(),
    (all) => all.length === 1 && all[0] !== first[0],
  );
  await select(page, "counter");
  const before = await placeOf(program, "counter");
  await page.locator(".stage-host").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+ArrowDown");
  const after = await eventually(() => placeOf(program, "counter"), ({ x }) => x !== before.x);
  assert.deepEqual([after.x - before.x, after.y - before.y], [8, 40]);
  await page.keyboard.press("Alt+Shift+ArrowRight");
  await eventually(() => placeOf(program, "counter"), ({ width }) => width === 240);
  // Renaming: written at once, and Enter stays where one is.
  await page.keyboard.press("F2");
  await page.keyboard.type("meter");
  await page.keyboard.press("Enter");
  await page.getByText("Renamed to meter").waitFor();
  assert.equal(await focused(page), "Name");
  await page.keyboard.press("Escape");
  assert.equal(await focused(page), await page.locator(".stage-host").getAttribute("aria-label"));
  // The state of the system gives the keyboard back; what is chosen in a search is gone on with.
  await page.getByRole("button", { name: "State of the system" }).click();
  await page.getByRole("region", { name: "State of the system" }).waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await focused(page), "State of the system");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("genesis");
  await page.keyboard.press("Enter");
  await inspected(page, "genesis");
  await page.keyboard.press("Delete");
  await page.getByText('Cannot delete "genesis" as others delegate to it').waitFor();
  // A key that is held does its work once; and the keyboard is never left without a place.
  await select(page, "greeter");
  await page.keyboard.down("c");
  await page.keyboard.down("c");
  await page.keyboard.down("c");
  await page.keyboard.up("c");
  await inspected(page, "greeter 2");
  await page.getByRole("button", { name: "Delete", exact: true }).last().click();
  await page.locator(".inspector").waitFor({ state: "detached" });
  await eventually(() => focused(page), (label) => label?.startsWith("Canvas of objects") === true);
  await assert.rejects(program.object("greeter 3"));
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.locator(".inspector").waitFor({ state: "detached" });
});

browserTest("CA68 everything that can be pressed or written into has a name", chromium, async (browser) => {
  await using program = await startProgram();
  const { page } = await openCanvas(browser, program.url);
  await select(page, "counter");
  for (const tab of ["Talk", "Memory", "History", "Objects"]) {
    await page.getByRole("tab", { name: tab }).click();
    if (await page.getByRole("tab", { name: tab }).getAttribute("aria-selected") === "false") {
      await page.getByRole("tab", { name: tab }).click();
    }
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>(
        "button, input, textarea, select, [role=tab], [tabindex='0']",
      )]
        .filter((element) =>
          !element.getAttribute("aria-label") && !element.innerText?.trim() &&
          !((element as HTMLInputElement).labels?.length ?? 0)
        )
        .map((element) => element.outerHTML.slice(0, 120))
    );
    assert.deepEqual(nameless, []);
  }
});

/** Where a card stands once nothing glides any more. */
async function atRest(page: Page, title: string) {
  for (let last = "";;) {
    const box = (await card(page, title).boundingBox())!;
    if (last === JSON.stringify(box)) return box;
    last = JSON.stringify(box);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const focused = (page: Page) =>
  page.evaluate(() => {
    const { activeElement: element } = document;
    return element?.getAttribute("aria-label") ?? element?.textContent?.trim();
  });

browserTest(
  "CA69 what is written in the inspector and not saved is there again, also when its slot was taken away",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    const { page } = await openCanvas(browser, program.url);
    await select(page, "square");
    await page.getByRole("button", { name: "Edit width" }).click();
    const width = page.getByRole("textbox", { name: "Value of width" });
    await width.fill("12");
    await page.getByRole("button", { name: "Add a slot or a method" }).click();
    await page.getByRole("textbox", { name: "Name of the new slot" }).fill("color");
    await page.getByRole("radio", { name: "Text" }).last().press("ArrowRight");
    assert.equal(await focused(page), "JSON");
    await page.getByRole("textbox", { name: "Value of the new slot" }).fill('"red"');
    await page.getByRole("combobox", { name: "Selector" }).fill("area");
    await select(page, "greeter");
    assert.equal(await width.count(), 0);
    await page.locator("[data-method=greet] .method-name").click();
    const source = page.getByRole("textbox", { name: "Source of greet" });
    await source.fill('(self) => "halfway"');
    await select(page, "square");
    assert.equal(await focused(page), await page.locator(".stage-host").getAttribute("aria-label"));
    assert.equal(await width.inputValue(), "12");
    assert.equal(await page.getByRole("textbox", { name: "Value of the new slot" }).inputValue(), '"red"');
    assert.equal(await page.getByRole("combobox", { name: "Selector" }).inputValue(), "area");
    await select(page, "greeter");
    assert.equal(await source.inputValue(), '(self) => "halfway"');
    // Another slot of the object is no reason to refuse the method; somebody else's source is.
    await program.command({ command: "SET_SLOT", object: "greeter", slot: "note", value: "new" });
    await source.press("Control+s");
    await eventually(
      () => program.object("greeter"),
      ({ methods }) => methods["greet"]!.source === '(self) => "halfway"',
    );
    await source.fill('(self) => "mine"');
    const theirs = { $method: '(self) => "theirs"' };
    await program.command({ command: "SET_SLOT", object: "greeter", slot: "greet", value: theirs });
    await source.press("Control+s");
    await page.getByText('"greet" has been changed since you began').waitFor();
    await source.press("Control+s");
    await eventually(
      () => program.object("greeter"),
      ({ methods }) => methods["greet"]!.source === '(self) => "mine"',
    );

    await select(page, "square");
    // Who is writing goes on writing: no key becomes a command.
    await width.focus();
    await program.command({ command: "REMOVE_SLOT", object: "square", slot: "width" });
    await page.getByText("Somebody has taken this slot away. Saving puts it back.").waitFor();
    await page.keyboard.type("ce");
    assert.match(await width.inputValue(), /ce/);
    await width.fill("12");
    await width.press("Enter");
    await eventually(() => program.object("square"), ({ slots }) => slots["width"] === 12);
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await eventually(() => program.object("square"), ({ slots }) => slots["color"] === "red");
    await eventually(() => focused(page), (label) => label === "Add a slot or a method");
  },
);

browserTest(
  "CA69 a name that is taken or was changed meanwhile, and a persona's form, lose nothing that was written",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    const { page } = await openCanvas(browser, program.url);
    const name = page.getByRole("textbox", { name: "Name", exact: true });
    await select(page, "square");
    await name.fill("counter");
    await card(page, "greeter").click();
    await page.locator(".toast.error").waitFor();
    await select(page, "ROBIN");
    const prompt = page.getByRole("textbox", { name: "Prompt", exact: true });
    await prompt.fill("Be brief.");
    await page.locator(".card", { hasText: "rectangle" }).first().click();
    await page.waitForFunction(() =>
      document.querySelector<HTMLInputElement>(".name-input")?.value !== "ROBIN"
    );
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Search objects and commands" }).fill("square");
    await page.keyboard.press("Enter");
    await eventually(() => name.inputValue(), (text) => text === "counter");
    await name.press("Escape");
    await program.command({ command: "RENAME", object: "square", name: "theirs" });
    await eventually(() => name.inputValue(), (text) => text === "theirs");
    await name.fill("mine");
    await program.command({ command: "RENAME", object: "theirs", name: "others" });
    await name.press("Enter");
    await page.getByText('It has been renamed to "others" since you began').waitFor();
    await name.press("Enter");
    await page.getByText("Renamed to mine").waitFor();

    await select(page, "ROBIN");
    assert.equal(await prompt.inputValue(), "Be brief.");
    await program.command({ command: "SET_SLOT", object: "ROBIN", slot: "note", value: 1 });
    await page.getByRole("button", { name: "Save persona" }).click();
    await eventually(() => program.object("ROBIN"), ({ slots }) => slots["prompt"] === "Be brief.");
    await page.getByRole("button", { name: "Save persona" }).waitFor({ state: "detached" });
    await page.getByRole("form", { name: "Persona" }).getByRole("textbox", { name: "Role" }).fill("helper");
    const roleBefore = (await program.object("ROBIN")).slots["role"];
    await prompt.fill("Be very brief.");
    await program.command({ command: "SET_SLOT", object: "ROBIN", slot: "prompt", value: "Be long." });
    await page.getByRole("button", { name: "Save persona" }).click();
    await page.getByText('"prompt" has been changed since you began').waitFor();
    assert.equal(await prompt.inputValue(), "Be very brief.");
    await page.getByRole("button", { name: "Save persona" }).click();
    await eventually(() => program.object("ROBIN"), ({ slots }) => slots["prompt"] === "Be very brief.");
    const { slots } = await program.object("ROBIN");
    assert.equal(slots["role"], "helper");
    await program.command({ command: "UNDO" });
    const undone = await program.object("ROBIN");
    assert.deepEqual([undone.slots["role"], undone.slots["prompt"]], [roleBefore, "Be long."]);
  },
);

browserTest(
  "CA76 an object that is deleted while it is looked at says so and is offered back",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    const { page } = await openCanvas(browser, program.url);
    await select(page, "counter");
    await program.command({ command: "DELETE", object: "counter" });
    const inspector = page.getByRole("complementary", { name: "Inspector" });
    await inspector.getByText("This object has been deleted.").waitFor();
    await inspector.getByText("“delete counter”, person").waitFor();
    await inspector.getByRole("button", { name: "Bring it back" }).click();
    await inspected(page, "counter");
    assert.equal((await program.object("counter")).name, "counter");
  },
);

browserTest(
  "CA77 a card at the edge is brought out from under the inspector; Escape takes back a drag",
  chromium,
  async (browser) => {
    await using program = await startProgram();
    const { page } = await openCanvas(browser, program.url);
    // To the right edge, where the inspector is going to open.
    const box = (await card(page, "counter").boundingBox())!;
    await page.locator(".stage-host").hover({ position: { x: 700, y: 30 } });
    await page.mouse.wheel(-(1330 - box.x - box.width), 0);
    const there = await eventually(
      () => card(page, "counter").boundingBox(),
      (now) => now !== null && now.x > 1360 - 396,
    );
    await page.mouse.dblclick(there!.x + 30, there!.y + 14);
    await inspected(page, "counter");
    assert.equal(await page.getByRole("button", { name: "Edit count" }).count(), 1);
    await eventually(() => focused(page), (label) => label === "Edit doc");
    await page.keyboard.press("Escape");
    await page.locator(".inspector").waitFor({ state: "detached" });
    await card(page, "counter").click({ position: { x: 30, y: 14 } });
    await eventually(
      () => card(page, "counter").boundingBox(),
      (now) => now !== null && now.x + now.width <= 1360 - 396,
    );
    const inSight = await atRest(page, "counter");
    const halo = (await page.getByRole("toolbar", { name: "Actions of counter" }).boundingBox())!;
    assert.ok(halo.x >= 0 && halo.x + halo.width <= 1360 - 396, "the halo can be pressed");

    const before = await placeOf(program, "counter");
    await page.mouse.move(inSight.x + 30, inSight.y + 14);
    await page.mouse.down();
    await page.mouse.move(inSight.x - 60, inSight.y - 80, { steps: 6 });
    await page.keyboard.press("Escape");
    await page.mouse.up();
    const after = await eventually(
      () => card(page, "counter").boundingBox(),
      (now) => Math.abs(now!.x - inSight.x) < 2,
    );
    assert.ok(Math.abs(after!.y - inSight.y) < 2);
    await inspected(page, "counter");
    assert.deepEqual(await placeOf(program, "counter"), before);
  },
);
