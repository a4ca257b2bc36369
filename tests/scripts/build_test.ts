/** The build of what the program carries, on a small repository of its own. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "../../scripts/build.ts";

const page = `<link rel="stylesheet" href="/canvas.css"><script type="module" src="/canvas.js"></script>`;

const repository: Readonly<Record<string, string>> = {
  "deno.json": "{}",
  "ui/protocol.ts": `export * from "./protocol/words.ts";\n`,
  "ui/protocol/words.ts": "export const VERSION = 1;\n",
  "ui/canvas/main.tsx": `import { VERSION } from "../protocol.ts";\nconsole.log("version", VERSION);\n`,
  "ui/canvas/index.html": page,
  "ui/canvas/canvas.css": "body { margin: 0 }\n",
  "vector/exact/kernel.wat": "(module)",
  "vector/exact/build_kernel.ts": "",
};

class Repository implements AsyncDisposable {
  readonly said: string[] = [];

  private constructor(readonly root: string) {}

  static async make(): Promise<Repository> {
    const made = new Repository(await Deno.makeTempDir({ prefix: "telos-build-" }));
    for (const [path, text] of Object.entries(repository)) await made.write(path, text);
    return made;
  }

  async write(path: string, text: string): Promise<void> {
    await Deno.mkdir(join(this.root, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(this.root, path), text);
  }

  read(path: string): Promise<string> {
    return Deno.readTextFile(join(this.root, path));
  }

  async build(): Promise<readonly string[]> {
    return (await build({ root: this.root, say: (line) => this.said.push(line) })).built;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}

Deno.test("TO1 A build makes what is stale and nothing else", async () => {
  await using made = await Repository.make();
  assert.deepEqual(await made.build(), ["exact.wasm", "canvas"]);
  assert.match(await made.read("dist/canvas/canvas.js"), /console\.log\("version"/);
  assert.equal(await made.read("dist/canvas/canvas.css"), repository["ui/canvas/canvas.css"]);
  assert.deepEqual(
    (await Deno.readFile(join(made.root, "dist/exact.wasm"))).slice(0, 4),
    new Uint8Array([0, 97, 115, 109]),
  );
  assert.ok(made.said.some((line) => line.startsWith("Building the canvas")));

  assert.deepEqual(await made.build(), [], "all is fresh");
  await made.write("ui/canvas/canvas.css", "body { margin: 1px }\n");
  assert.deepEqual(await made.build(), ["canvas"], "a source of the canvas changed");
  assert.equal(await made.read("dist/canvas/canvas.css"), "body { margin: 1px }\n");
  await Deno.remove(join(made.root, "dist/exact.wasm"));
  assert.deepEqual(await made.build(), ["exact.wasm"], "what was made is gone");
});

Deno.test("TO1 Two builds at once make each piece once", async () => {
  await using made = await Repository.make();
  const built = await Promise.all([made.build(), made.build()]);
  assert.deepEqual(built.flat().sort(), ["canvas", "exact.wasm"]);
});

Deno.test("TO2 A build that fails leaves what was there, and is tried again the next time", async () => {
  await using made = await Repository.make();
  await made.build();
  const before = await made.read("dist/canvas/canvas.js");
  await made.write("ui/canvas/main.tsx", `import "./gone.ts";\n`);
  await assert.rejects(made.build(), /Cannot build the canvas as its bundle failed/);
  assert.equal(await made.read("dist/canvas/canvas.js"), before);
  const left = [...Deno.readDirSync(join(made.root, "dist"))].map(({ name }) => name).sort();
  assert.deepEqual(left, [".lock", ".stamp", "canvas", "exact.wasm"], "nothing half-made stays");
  await made.write("ui/canvas/main.tsx", repository["ui/canvas/main.tsx"]! + "console.log(2);\n");
  assert.deepEqual(await made.build(), ["canvas"]);
});

Deno.test("TO3 A page that names a file which is not made is refused", async () => {
  await using made = await Repository.make();
  await made.write("ui/canvas/index.html", page.replace("canvas.css", "other.css"));
  await assert.rejects(made.build(), /index\.html names "other\.css", which is not made/);
});

Deno.test("TO2 As a task it says what failed on standard error and ends with 1", async () => {
  const script = fileURLToPath(new URL("../../scripts/build.ts", import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    // Without leave to write it cannot build.
    args: ["run", "--no-prompt", "--allow-read", script],
  }).output();
  assert.equal(code, 1);
  assert.equal(new TextDecoder().decode(stdout), "");
  assert.match(new TextDecoder().decode(stderr), /Requires write access/);
});
