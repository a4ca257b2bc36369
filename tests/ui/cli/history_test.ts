import assert from "node:assert/strict";
import { LocalDoor } from "../../../ui/door/mod.ts";
import { openTestImage, type TestImage } from "../../support/image.ts";
import type { CliEnvironment } from "../../../ui/cli/mod.ts";
import { type Ran, terminal } from "./terminal.ts";

/** The command line over a real image that stays open from command to command. */
async function withImage(
  test: (
    parts: {
      image: TestImage;
      folder: string;
      run: (line: string) => Promise<Ran>;
      runWith: (changes: Partial<CliEnvironment>, ...args: string[]) => Promise<Ran>;
    },
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "telos-cli-" });
  {
    await using image = await openTestImage();
    const door = new LocalDoor(image.image);
    door.close = () => Promise.resolve();
    const { runWith: runIn } = terminal();
    const openLocal = () => Promise.resolve(door);
    const runWith = (changes: Partial<CliEnvironment>, ...args: string[]) =>
      runIn({ openLocal, currentFolder: folder, ...changes }, ...args);
    const run = (line: string) => runWith({}, ...line.split(" "));
    await test({ image, folder, run, runWith });
  }
  await Deno.remove(folder, { recursive: true });
}

Deno.test("UI131 a refused undo lists the later changes that would be lost, with their positions", () =>
  withImage(async ({ image, run }) => {
    const first = await image.door.command({
      command: "SET_SLOT",
      object: "square",
      slot: "width",
      value: 6,
    });
    const second = await image.door.command({
      command: "SET_SLOT",
      object: "square",
      slot: "height",
      value: 7,
    });
    const { code, err } = await run(`undo ${first.position}`);
    assert.equal(code, 4);
    assert.match(err, new RegExp(`\n {7}${second.position} {2}person {2}set square height\n`));
    assert.equal((await run(`undo ${second.position}`)).code, 0);
    assert.equal((await run(`undo ${first.position}`)).code, 0);
    const { out } = await run(`redo ${first.position}`);
    assert.match(out, /^Redone: set square width/);
    assert.equal((await image.door.object("square")).slots.width, 6);
  }));

Deno.test("UI132 fork, merge and its conflicts in words; sides are chosen for all, an object or a field", () =>
  withImage(async ({ image, folder, run }) => {
    const { door } = image;
    const { out } = await run("fork copy");
    assert.match(
      out,
      new RegExp(`Forked \\d+ objects as of .* into ${folder}/copy\\.\nStart it with: telos start --image`),
    );
    {
      await using fork = await openTestImage({ folder: `${folder}/copy` });
      await fork.door.command({ command: "SET_SLOT", object: "square", slot: "width", value: 50 });
      await fork.door.command({ command: "SET_SLOT", object: "square", slot: "height", value: 60 });
    }
    assert.match((await run("merge copy counter")).out, /nothing to merge/);
    await door.command({ command: "SET_SLOT", object: "square", slot: "width", value: 500 });
    await door.command({ command: "SET_SLOT", object: "square", slot: "height", value: 600 });
    const refused = await run("merge copy");
    assert.equal(refused.code, 4);
    assert.match(refused.err, /2 conflicts have to be decided/);
    assert.match(
      refused.err,
      /\n {7}square\.height: ours 600, theirs 60\n {7}square\.width: ours 500, theirs 50\n/,
    );
    assert.equal((await run("merge copy --ours --theirs")).code, 2);
    const merged = await run("merge copy --ours square.height --theirs square.width");
    assert.match(merged.out, /^Merged 1 object {2}\(as .*\)\n {2}changed {2}square\n$/);
    const { slots } = await door.object("square");
    assert.deepEqual([slots.width, slots.height], [50, 600]);
    assert.equal((await run("merge copy square --theirs")).code, 0);
    assert.equal((await door.object("square")).slots.height, 60);
  }));

Deno.test("UI135 Ctrl-C stops a fork: it says so, nothing is left, and the exit code is that of a failure", () =>
  withImage(async ({ image, folder, runWith }) => {
    const memories = Array.from({ length: 1_500 }, (_, n) => ({ text: `note number ${n} about orchards` }));
    await image.door.command({ command: "REMEMBER_MANY", memories });
    const onInterrupt = (callback: () => void) => {
      callback();
      return () => {};
    };
    const { code, err, out } = await runWith({ onInterrupt }, "fork", "copy", "--json");
    assert.match(err, /^Stopping …\n(?:fork: \d+ entries …\n)*telos: The fork was stopped/);
    assert.equal(JSON.parse(out).error.code, "stopped");
    assert.equal(code, 1);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  }));

Deno.test("UI135 Ctrl-C stops waiting for a backup: it says what becomes of it", () =>
  withImage(async ({ runWith }) => {
    const onInterrupt = (callback: () => void) => {
      callback();
      return () => {};
    };
    const { code, err } = await runWith({ onInterrupt }, "backup");
    assert.match(err, /^telos: The backup was stopped\n {7}Nothing of it is left\.\n$/);
    assert.equal(code, 1);
  }));

Deno.test("UI135 Ctrl-C stops an export, also one of a blueprint: no file is left", () =>
  withImage(async ({ folder, runWith }) => {
    const onInterrupt = (callback: () => void) => {
      callback();
      return () => {};
    };
    for (const words of [["export"], ["forge", "--from-image"]]) {
      const { code, err } = await runWith({ onInterrupt }, ...words, "--out", `${folder}/all.jsonl`);
      assert.match(err, /The export was stopped/);
      assert.equal(code, 1);
      assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
    }
  }));

Deno.test("UI133 prune says what it drops, and what history costs is told in bytes", () =>
  withImage(async ({ image, run }) => {
    const { door } = image;
    assert.match((await run("prune")).out, /The policy of the image keeps all history/);
    for (let n = 0; n < 5; n++) {
      await door.command({ command: "SET_SLOT", object: "square", slot: "width", value: n });
    }
    const cost = (await run("history --cost")).out;
    assert.match(cost, /thoughts, 0 of them pruned; history begins at 000001-0+-0000/);
    assert.match(cost, /together +\d+\.\d [KM]B\nKept: all, as history_manager says\./);
    const position = image.image.store.position;
    const would = (await run(`prune --dry-run --before ${position}`)).out;
    assert.match(would, /^Would drop \d+ before-images of \d+ thoughts, .*History begins at/);
    assert.equal((await run(`prune --before ${position}`)).out, would.replace("Would drop", "Dropped"));
    const past = await run(`inspect square --as-of ${(await door.log({ limit: 1 }))[0]!.position}`);
    assert.equal(past.code, 3);
    assert.match(past.err, new RegExp(`history begins at ${position}`));
  }));
