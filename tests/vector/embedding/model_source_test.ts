import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { basename, join } from "node:path";
import { modelSource, pinnedModels } from "../../../vector/embedding/mod.ts";
import { install, lookInto, makePartialFolder } from "../../../vector/embedding/model_files.ts";
import { fetchFromHub } from "../../../vector/embedding/hub.ts";
import { hubModel, MODEL_NAME, WEIGHTS, wheelModel } from "../../../vector/embedding/pinned_models.ts";
import { testWithParts } from "../../support/parts.ts";
import { copyModel, realModels, testWithModel, withFolder } from "./fixture.ts";

const still = { signal: new AbortController().signal, onProgress: () => {} };
const offline = { hub: null, spawnPip: null };

/** What lies in a models folder, half-built ones included. */
const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);

async function withHub(
  answer: (path: string) => Response,
  run: (hub: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => answer(new URL(request.url).pathname),
  );
  try {
    await run(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

testWithModel(
  "VE15 the real model in the folder that was named is found, before anything else is asked",
  () =>
    withFolder(async (cache) => {
      const source = modelSource({
        folder: realModels,
        cache,
        fetch: () => Promise.reject(new Error("asked")),
      });
      const found = await source.find(still);
      equal(found, { modelsFolder: realModels, space: wheelModel.space, from: "folder" });
      equal(namesIn(cache), []);
    }),
);

testWithModel(
  "VE16 a model file that differs in one bit, is cut or is missing is not used, and the reason names it",
  () =>
    withFolder(async (folder) => {
      const model = await copyModel(realModels!, folder);
      const source = modelSource({ folder, cache: null, ...offline });
      const weights = join(model, WEIGHTS);
      const bytes = await Deno.readFile(weights);
      const refused = async () => {
        const found = await source.find(still);
        ok("reasons" in found);
        return found.reasons.join();
      };

      bytes[1000]! ^= 1;
      await Deno.writeFile(weights, bytes);
      match(await refused(), /model_quantized\.onnx is not the file it should be/);
      bytes[1000]! ^= 1;
      await Deno.writeFile(weights, bytes.subarray(0, bytes.length - 1));
      match(await refused(), /model_quantized\.onnx is not the file it should be/);
      await Deno.writeFile(weights, bytes);
      ok("space" in await source.find(still));
      await Deno.remove(join(model, "tokenizer.json"));
      match(await refused(), /there is no file .*tokenizer\.json/);
    }),
);

testWithModel(
  "VE17 a model is put in its place whole, over one that is damaged, and nothing half-built is left",
  () =>
    withFolder(async (folder) => {
      const damaged = join(folder, MODEL_NAME);
      await Deno.mkdir(damaged);
      await Deno.writeTextFile(join(damaged, "config.json"), "{}");
      await install(folder, wheelModel, async (put) => {
        for (const file of wheelModel.files) {
          ok("fault" in await lookInto(folder), "it must not be seen before it is whole");
          await put(file, await Deno.readFile(join(realModels!, MODEL_NAME, file.path)));
        }
      });
      ok("model" in await lookInto(folder));
      equal(namesIn(folder), [MODEL_NAME]);
    }),
);

Deno.test("VE17 an installation that brings a wrong file, or breaks off, changes nothing", async () => {
  await withFolder(async (folder) => {
    const file = wheelModel.files[0]!;
    await rejects(install(folder, wheelModel, (put) => put(file, new Uint8Array(5))), {
      code: "model_damaged",
      retryable: true,
    });
    await rejects(
      install(folder, wheelModel, () => Promise.reject(new Error("the line broke"))),
      /the line broke/,
    );
    await rejects(install(folder, wheelModel, () => Promise.resolve()), /config\.json .* it is missing/);
    equal(namesIn(folder), []);
  });
});

Deno.test("VE17 what a killed process left half-built is swept when it is old, and left when it is fresh", async () => {
  await withFolder(async (folder) => {
    const [old, fresh] = [join(folder, ".partial-old"), join(folder, ".partial-fresh")];
    await Deno.mkdir(old);
    await Deno.mkdir(fresh);
    const twoDaysAgo = new Date(Date.now() - 48 * 3600 * 1000);
    await Deno.utime(old, twoDaysAgo, twoDaysAgo);
    await rejects(install(folder, wheelModel, () => Promise.reject(new Error("no"))));
    equal(namesIn(folder), [".partial-fresh"]);
  });
});

Deno.test("VE17 a folder whose builder ended is swept though it is fresh, and one that is being built stays", async () => {
  await withFolder(async (folder) => {
    const abandoned = join(folder, ".partial-abandoned");
    await Deno.mkdir(abandoned);
    await Deno.writeTextFile(`${abandoned}.lock`, "");
    const aMinuteAgo = new Date(Date.now() - 60_000);
    await Deno.utime(`${abandoned}.lock`, aMinuteAgo, aMinuteAgo);
    await using busy = await makePartialFolder(folder);
    await Deno.utime(`${busy.path}.lock`, aMinuteAgo, aMinuteAgo);
    await rejects(install(folder, wheelModel, () => Promise.reject(new Error("no"))));
    equal(namesIn(folder).sort(), [basename(busy.path), `${basename(busy.path)}.lock`]);
  });
});

Deno.test("VE18 a hub that answers another file, an error, or breaks off is a reason, and nothing of it is kept", async () => {
  const answers: [Response | (() => Response), RegExp][] = [
    [() => new Response("not the file"), /SHA-256 must be/],
    [() => new Response("gone", { status: 404 }), /answered 404/],
    [
      () =>
        new Response(
          new ReadableStream({
            start(controller) {
              controller.enqueue(new Uint8Array(10));
              controller.error(new Error("cut"));
            },
          }),
          { headers: { "content-length": "1000" } },
        ),
      /the hub: /,
    ],
  ];
  for (const [answer, reason] of answers) {
    await withFolder((cache) =>
      withHub(answer as () => Response, async (hub) => {
        const progress: string[] = [];
        const source = modelSource({ folder: null, cache, hub });
        const found = await source.find({ ...still, onProgress: ({ detail }) => progress.push(detail) });
        ok("reasons" in found);
        match(found.reasons.join("; "), reason);
        equal(namesIn(cache), []);
      })
    );
  }
});

Deno.test("VE18 after a first wrong file the others are not fetched", async () => {
  await withFolder((cache) =>
    withHub((path) => new Response(path), async (hub) => {
      const asked: string[] = [];
      const source = modelSource({
        folder: null,
        cache,
        hub,
        fetch: (input, init) => {
          asked.push(new URL(String(input)).pathname);
          return fetch(input, init);
        },
      });
      ok("reasons" in await source.find(still));
      equal(asked.length, 1);
      match(asked[0]!, /\/resolve\/[0-9a-f]{40}\/config\.json$/);
    })
  );
});

Deno.test("VE18 every file of the model is fetched whole from its fixed revision, with progress", async () => {
  const long = "x".repeat(300_000);
  await withHub((path) => new Response(path + long), async (hub) => {
    const brought = new Map<string, string>();
    let last = { path: "", bytes: 0 };
    await fetchFromHub(
      (file, bytes) => Promise.resolve(void brought.set(file.path, new TextDecoder().decode(bytes))),
      {
        hub,
        fetch,
        signal: still.signal,
        onProgress: ({ path, bytes, total }) => {
          if (path === last.path) ok(bytes > last.bytes);
          if (total !== null) ok(bytes <= total);
          last = { path, bytes };
        },
      },
    );
    equal([...brought.keys()], hubModel.files.map(({ path }) => path));
    for (const [path, text] of brought) {
      ok(text.endsWith(long) && text.includes(`/${path}x`), `${path} was not fetched whole`);
    }
    equal(last.path, hubModel.files.at(-1)!.path);
  });
});

Deno.test("VE18 a machine without a network is told so within the bound", async () => {
  await withFolder(async (cache) => {
    const source = modelSource({ folder: null, cache, hub: "http://127.0.0.1:1" });
    const found = await source.find(still);
    ok("reasons" in found);
    equal(found.reasons.length, 2);
    match(found.reasons[0]!, /^the cache: /);
    match(found.reasons[1]!, /^the hub: /);
  });
});

Deno.test("VE19 without pip, or when pip fails, the reason says so", async () => {
  const failing = () =>
    new Deno.Command(Deno.execPath(), {
      args: ["eval", "console.error('no such package'); Deno.exit(3)"],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  const missing = () => new Deno.Command("no-such-pip", { args: [] }).spawn();
  for (
    const [spawnPip, reason] of [[failing, /code 3: .*no such package/s], [missing, /the wheels: /]] as const
  ) {
    await withFolder(async (cache) => {
      const found = await modelSource({ folder: null, cache, hub: null, spawnPip }).find(still);
      ok("reasons" in found);
      match(found.reasons.join("; "), reason);
      equal(namesIn(cache), []);
    });
  }
});

Deno.test("VE19 a search that is told to stop stops pip and throws the reason", async () => {
  await withFolder(async (cache) => {
    const stop = new AbortController();
    const spawnPip = () => {
      setTimeout(() => stop.abort(new Error("closing")), 50);
      return new Deno.Command(Deno.execPath(), {
        args: ["eval", "await new Promise((resolve) => setTimeout(resolve, 60000))"],
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    };
    const source = modelSource({ folder: null, cache, hub: null, spawnPip });
    await rejects(source.find({ signal: stop.signal, onProgress: () => {} }), /closing/);
    equal(namesIn(cache), []);
  });
});

Deno.test("VE16 the two builds that are known are spaces of their own", () => {
  const ids = pinnedModels.map(({ space }) => space.id);
  equal(new Set(ids).size, pinnedModels.length);
  for (const { files } of pinnedModels) for (const { sha256 } of files) match(sha256, /^[0-9a-f]{64}$/);
});

testWithParts(
  "VE19 the two wheels from the package registry become a model in the cache, and the next start finds it there",
  Deno.env.get("TELOS_TEST_DOWNLOADS") === "1"
    ? { found: true, path: "pip" }
    : { found: false, reason: "it fetches 104 MB through pip; set TELOS_TEST_DOWNLOADS=1 to run it" },
  () =>
    withFolder(async (cache) => {
      const spawnPip = (args: readonly string[]) =>
        new Deno.Command("pip", { args: [...args], stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
      const source = modelSource({ folder: null, cache, hub: null, spawnPip });
      equal(await source.find(still), { modelsFolder: cache, space: wheelModel.space, from: "wheels" });
      equal(await source.find(still), { modelsFolder: cache, space: wheelModel.space, from: "cache" });
      equal(namesIn(cache), [MODEL_NAME]);
    }),
);
