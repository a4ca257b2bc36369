/** The single binary: what it carries, and how plainly it is said when it cannot be made. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Sandbox } from "../../actors/sandbox/mod.ts";
import {
  binaryIncludes,
  CHILD_COMMAND,
  permissionsOfChildren,
  readAsset,
  sandboxParts,
} from "../../actors/system/assets.ts";
import {
  compileArguments,
  explainFailure,
  foreignBinaries,
  permissionsOfTask,
  platformOf,
  withChildren,
} from "../../scripts/compile.ts";

/** @returns the texts that are nowhere in the file */
async function missingFrom(path: string, texts: string[]): Promise<string[]> {
  let missing = texts;
  let end = new Uint8Array(0);
  using file = await Deno.open(path);
  const chunk = new Uint8Array(8 * 1024 * 1024);
  for (
    let read = await file.read(chunk);
    read !== null && missing.length > 0;
    read = await file.read(chunk)
  ) {
    const bytes = Buffer.concat([end, chunk.subarray(0, read)]);
    missing = missing.filter((text) => bytes.indexOf(text) < 0);
    end = new Uint8Array(bytes.subarray(-100));
  }
  return missing;
}

const entry = fileURLToPath(new URL("compile_fixture.ts", import.meta.url));

Deno.test("SB30 The binary runs under the permissions of the start task, word for word", () => {
  const config = JSON.stringify({
    tasks: {
      start:
        'deno run --allow-net=127.0.0.1 --allow-env="HOME,PATH" --allow-read --unstable-kv main.ts start',
    },
  });
  assert.deepEqual(permissionsOfTask(config, "start"), [
    "--allow-net=127.0.0.1",
    "--allow-env=HOME,PATH",
    "--allow-read",
  ]);
  const found = {
    command: 'deno run --allow-net --allow-run="$(deno run --allow-env=PATH programs.ts)" main.ts',
  };
  const described = JSON.stringify({ tasks: { start: found } });
  assert.deepEqual(permissionsOfTask(described, "start"), ["--allow-net", "--allow-run"]);
  assert.throws(() => permissionsOfTask(config, "other"), /no task "other"/);
});

Deno.test("SB30 The binary has what its children need, which are the binary itself", () => {
  const children = permissionsOfChildren();
  assert.ok(children.includes("--allow-ffi") && children.includes("--allow-sys"), children.join(" "));
  assert.deepEqual(withChildren(["--allow-net", "--allow-env=HOME"], ["--allow-env", "--allow-ffi"]), [
    "--allow-net",
    "--allow-env",
    "--allow-ffi",
  ]);
});

Deno.test("SB31 Whatever the assets name is handed to the compiler", () => {
  const { built, modules } = binaryIncludes();
  const includes = [...built, ...modules].map((url) => fileURLToPath(url));
  const args = compileArguments({
    entry,
    output: "telos",
    permissions: ["--allow-read"],
    includes,
    excludes: [],
  });
  for (const part of ["dist/canvas/", "dist/exact.wasm", "dist/quickjs.wasm", "vector/exact/worker.ts"]) {
    assert.ok(args.some((argument) => argument.startsWith("--include=") && argument.endsWith(part)), part);
  }
  assert.equal(args.at(-1), entry);
});

Deno.test("SB31 Native code for other systems is left out, and nothing else", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const binaries = `${folder}/onnxruntime-node/1.0.0/bin/napi-v6`;
    for (const place of ["linux/x64", "linux/arm64", "darwin/arm64", "win32/x64"]) {
      await Deno.mkdir(`${binaries}/${place}`, { recursive: true });
    }
    await Deno.mkdir(`${folder}/onnxruntime-node/1.0.0/dist/a/b/c`, { recursive: true });
    const left = async (target: string) => {
      const { os, arch } = platformOf(target);
      const foreign = await foreignBinaries(pathToFileURL(`${folder}/`), os, arch);
      return foreign.map((path) => path.slice(binaries.length + 1).replace(/[\\/]$/, "")).sort();
    };
    assert.deepEqual(await left("x86_64-unknown-linux-gnu"), ["darwin/arm64", "linux/arm64", "win32/x64"]);
    assert.deepEqual(await left("aarch64-apple-darwin"), ["linux/arm64", "linux/x64", "win32/x64"]);
    assert.deepEqual(await left("x86_64-pc-windows-msvc"), ["darwin/arm64", "linux/arm64", "linux/x64"]);
    assert.throws(() => platformOf("amiga"), /"amiga" is not a target/);
    assert.deepEqual(await foreignBinaries(pathToFileURL(`${folder}/none/`), "linux", "x86_64"), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("SB32 A runtime that cannot be fetched is said plainly, with what to do", () => {
  const printed = "Download https://example.org/denort-x86_64.zip\nerror: Setting up base binary.\ndns error";
  const words = explainFailure(printed, undefined);
  assert.match(words, /^Cannot compile as the compile runtime \(denort \d+\.\d+\.\d+\) cannot be fetched/);
  assert.match(words, /Set DENORT_BIN to a denort of version/);
  assert.match(words, /dns error/);
  assert.match(explainFailure("error: type mismatch", undefined), /^Cannot compile as "deno compile" failed/);
});

Deno.test("SB32 A DENORT_BIN that is not there fails with its name and leaves no binary", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const script = fileURLToPath(new URL("compile_program.ts", import.meta.url));
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--frozen", "--cached-only", script, entry, `${folder}/telos`],
      env: { DENORT_BIN: `${folder}/denort`, NO_COLOR: "1" },
    }).output();
    const words = new TextDecoder().decode(stderr);
    assert.equal(code, 1, words);
    assert.match(words, /Cannot compile as DENORT_BIN names ".*denort", which cannot be used/);
    assert.match(words, /Set DENORT_BIN to a denort of version/);
    assert.deepEqual(
      [...Deno.readDirSync(folder)].map((file) => file.name).filter((name) => name === "telos"),
      [],
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("SB33 The program itself is a sandbox process under the hidden subcommand, whatever it was permitted", async () => {
  const sandbox = Sandbox.start({
    ...sandboxParts(),
    spawn: () =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", "--frozen", "--cached-only", entry, CHILD_COMMAND, "sandbox"],
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
  });
  try {
    const it = {
      oid: "it",
      name: null,
      parents: [],
      slots: { go: { kind: "method" as const, source: "(self) => 6 * 7" } },
      position: null,
    };
    const host = { read: () => Promise.resolve(null), native: () => Promise.reject(new Error("none")) };
    const answer = await sandbox.run({ receiver: "it", selector: "go", arguments: [], objects: [it] }, host);
    assert.equal(answer.value, 42);
  } finally {
    await sandbox.close();
  }
});

Deno.test("SB33 The children's programs, their packages and the assets are embedded; a plain deno in the place of the runtime is found out", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/quickjs.wasm`, await readAsset("quickjs.wasm"));
    const script = fileURLToPath(new URL("compile_program.ts", import.meta.url));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        "--frozen",
        "--cached-only",
        script,
        entry,
        `${folder}/telos`,
        `${folder}/quickjs.wasm`,
      ],
      env: { DENORT_BIN: Deno.execPath(), NO_COLOR: "1" },
    }).output();
    const words = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
    assert.equal(code, 1, words);
    assert.match(words, /does not run what it carries, as DENORT_BIN names a deno and not a denort/);
    // The binary itself was made: what it carries is in it, in plain text.
    const parts = [
      "runner.ts",
      "runArchiveChild",
      "runEmbedderChild",
      "The program of a sandbox process",
      "quickjs-wasmfile-release-sync",
    ];
    assert.deepEqual(await missingFrom(`${folder}/telos`, parts), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
