/** The one place where the program finds its own parts. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  type AssetName,
  assetUrl,
  binaryIncludes,
  type ChildKind,
  isChildKind,
  readAsset,
  spawnChild,
  workerUrl,
} from "../../../actors/system/assets.ts";
import { childCommand } from "../../../actors/system/children.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const DIST = `${ROOT}dist/`;

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* sources(path);
    else if (/\.tsx?$/.test(name)) yield path;
  }
}

Deno.test("SB26 No other file of the product builds a path to a part of the program, or starts a worker by a path of its own", async () => {
  const place = /\/actors\/system\/(?:assets|children)\.ts$/;
  const path = /import\.meta\.(?:url|dirname|filename|resolve)|Deno\.(?:execPath|mainModule)\b/;
  // A build step that nothing which runs imports.
  const builds = new Set(["vector/exact/build_kernel.ts"]);
  const found: string[] = [];
  let scanned = 0;
  for (const folder of ["kv", "vector", "actors", "ui"]) {
    for await (const file of sources(ROOT + folder)) {
      scanned++;
      const name = file.slice(ROOT.length);
      const text = await Deno.readTextFile(file);
      if (!place.test(file) && !builds.has(name) && path.test(text)) found.push(name);
      for (const build of builds) {
        const module = build.slice(build.lastIndexOf("/") + 1);
        assert.ok(!text.includes(`/${module}"`), `${name} imports a build step`);
      }
    }
  }
  assert.ok(scanned > 50, `only ${scanned} files were looked at`);
  assert.deepEqual(found, []);
});

Deno.test("SB26 Every asset is below dist, but QuickJS, which comes from its package when run from source", () => {
  const names: AssetName[] = ["exact.wasm", "canvas/index.html", "canvas/icons/morph.svg"];
  for (const name of names) assert.ok(fileURLToPath(assetUrl(name)).startsWith(DIST), name);
  assert.match(assetUrl("quickjs.wasm").pathname, /quickjs-wasmfile-release-sync.*\.wasm$/);
  for (const { pathname } of binaryIncludes().built) assert.ok(pathname.startsWith(DIST), pathname);
});

Deno.test("SB27 A process that may read nothing but the assets reads them all", async () => {
  await Deno.mkdir(`${DIST}canvas`, { recursive: true });
  const probe = `${DIST}canvas/assets_test.txt`;
  await Deno.writeTextFile(probe, "canvas");
  try {
    const run = async (allowed: string, names: string[]) =>
      await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--no-prompt",
          "--cached-only",
          "--no-check",
          "--frozen",
          `--config=${ROOT}deno.json`,
          `--allow-read=${allowed}`,
          fileURLToPath(new URL("assets_reader.ts", import.meta.url)),
          ...names,
        ],
      }).output();
    const names = ["quickjs.wasm", "canvas/assets_test.txt"];
    const { code, stdout, stderr } = await run(`${DIST},${fileURLToPath(assetUrl("quickjs.wasm"))}`, names);
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const sizes = JSON.parse(new TextDecoder().decode(stdout));
    assert.equal(sizes["canvas/assets_test.txt"], 6);
    assert.ok(sizes["quickjs.wasm"] > 400_000);
    const elsewhere = await run(`${ROOT}tests`, names);
    assert.notEqual(elsewhere.code, 0, "the assets were read from a place that was not allowed");
  } finally {
    await Deno.remove(probe);
  }
});

Deno.test("SB28 A name that leads out of the assets is refused, and one that was not built is named", async () => {
  for (
    const name of [
      "../main.ts",
      "canvas/../../main.ts",
      "canvas/",
      "canvas/.hidden",
      "/etc/passwd",
      "canvas//x",
      "",
    ]
  ) {
    await assert.rejects(
      readAsset(name as AssetName),
      (error: { code?: string }) => error.code === "asset_unknown",
      name,
    );
  }
  await assert.rejects(readAsset("canvas/no_such_file.js"), (error: { code?: string; hint?: string }) => {
    assert.equal(error.code, "asset_missing");
    assert.match(error.hint ?? "", /deno task build/);
    return true;
  });
});

Deno.test("SB29 Each child runs under the permissions of its kind alone and sees no environment but the cache's", () => {
  const kinds: ChildKind[] = ["sandbox", "archive_builder"];
  const cache = ["DENO_DIR", "XDG_CACHE_HOME", "HOME", "USERPROFILE", "LOCALAPPDATA", "SYSTEMROOT"];
  Deno.env.set("TELOS_TEST_SECRET", "1");
  try {
    for (const kind of kinds) {
      const { arguments: args, environment } = childCommand(kind);
      assert.ok(!args.includes("-A") && !args.includes("--allow-all"), kind);
      assert.ok(args.includes("--no-prompt"), kind);
      assert.equal(environment.NO_COLOR, "1");
      for (const name of Object.keys(environment)) {
        if (name === "NO_COLOR") continue;
        assert.ok(cache.includes(name), `${kind} is given ${name}`);
      }
    }
  } finally {
    Deno.env.delete("TELOS_TEST_SECRET");
  }
  const sandbox = childCommand("sandbox").arguments;
  assert.ok(!sandbox.some((argument) => argument.startsWith("--allow")), sandbox.join(" "));
  assert.ok(sandbox.some((argument) => argument.includes("--max-old-space-size=")));
});

Deno.test("SB29 A child of every kind starts from a minimal environment and ends with its input", async () => {
  for (const kind of ["sandbox", "archive_builder"] as const) {
    assert.ok(isChildKind(kind));
    const child = spawnChild(kind);
    await child.stdin.close();
    const [status] = await Promise.all([
      child.status,
      child.stdout.cancel(),
      ...(kind === "sandbox" ? [child.stderr.cancel()] : []),
    ]);
    assert.equal(status.code, 0, kind);
  }
  assert.ok(!isChildKind("shell") && !isChildKind("constructor"));
});

Deno.test("SB29 Workers are modules of the program", () => {
  assert.ok(fileURLToPath(workerUrl("exact")).startsWith(`${ROOT}vector/`));
});
