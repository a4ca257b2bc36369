import assert from "node:assert/strict";
import { defaultImageFolder } from "../../../ui/cli/mod.ts";
import { ollamaUrl, readSettings, type SettingsSources } from "../../../ui/cli/settings.ts";
import { terminal } from "./terminal.ts";

const sources = (changes: Partial<SettingsSources> = {}): SettingsSources => ({
  flags: {},
  env: { HOME: "/home/ada" },
  platform: "linux",
  currentFolder: "/here",
  ...changes,
});

Deno.test("UI80 without anything said, every setting has its default", () => {
  assert.deepEqual(readSettings(sources()), {
    image: "/home/ada/.local/share/telos",
    port: 4680,
    host: "127.0.0.1",
    models: null,
    backupKey: null,
    ollamaHost: "http://127.0.0.1:11434",
  });
});

Deno.test("UI81 a flag goes before its variable, a variable before the default", () => {
  const env = {
    HOME: "/home/ada",
    TELOS_IMAGE: "/from/env",
    TELOS_PORT: "1",
    TELOS_HOST: "localhost",
    TELOS_MODELS: "models",
    TELOS_BACKUP_KEY: "key",
    OLLAMA_HOST: "gpu:1",
  };
  assert.deepEqual(readSettings(sources({ env })), {
    image: "/from/env",
    port: 1,
    host: "localhost",
    models: "/here/models",
    backupKey: "/here/key",
    ollamaHost: "http://gpu:1",
  });
  const key = "A".repeat(43) + "=";
  const flags = {
    image: "from/flag",
    port: "0",
    host: "::1",
    models: "/m",
    backupKey: key,
    ollamaHost: "https://o",
  };
  assert.deepEqual(readSettings(sources({ env, flags })), {
    image: "/here/from/flag",
    port: 0,
    host: "::1",
    models: "/m",
    backupKey: key,
    ollamaHost: "https://o",
  });
});

Deno.test("UI82 a variable that is set to nothing counts as not set; an empty flag is refused", () => {
  assert.equal(readSettings(sources({ env: { HOME: "/h", TELOS_PORT: "" } })).port, 4680);
  assert.throws(() => readSettings(sources({ flags: { port: "" } })), { code: "wrong_setting" });
});

Deno.test("UI83 a wrong setting is refused by the name it was given under, with what is allowed", () => {
  const wrong: [Partial<SettingsSources>, RegExp][] = [
    [{ flags: { port: "65536" } }, /^--port must be a whole number from 0 to 65535.*"65536"/],
    [{ env: { HOME: "/h", TELOS_PORT: "http" } }, /^TELOS_PORT must be a whole number/],
    [{ flags: { port: "-1" } }, /^--port/],
    [{ flags: { port: "1e3" } }, /^--port/],
    [{ flags: { host: "example.org:80" } }, /^--host must be a host name or an IP address without a port/],
    [{ env: { HOME: "/h", TELOS_HOST: "999.1.1.1" } }, /^TELOS_HOST/],
    [{ flags: { host: "a b" } }, /^--host/],
    [{ flags: { image: "a\0b" } }, /^--image must be a folder/],
    [{ env: { HOME: "/h", OLLAMA_HOST: "ftp://x" } }, /^OLLAMA_HOST must be host, host:port/],
    [{ flags: { ollamaHost: "http://" } }, /^--ollama-host/],
    [{ env: {} }, /no place for the image/],
  ];
  for (const [changes, words] of wrong) {
    assert.throws(() => readSettings(sources(changes)), (error: Error & { code?: string; hint?: string }) => {
      assert.equal(error.code, "wrong_setting");
      assert.match(error.message, words);
      assert.match(error.hint ?? "", /--\S+/);
      return true;
    });
  }
});

Deno.test("UI84 the image's default place is the platform's", () => {
  assert.equal(defaultImageFolder({ HOME: "/h", XDG_DATA_HOME: "/data" }, "linux"), "/data/telos");
  assert.equal(
    defaultImageFolder({ HOME: "/h", XDG_DATA_HOME: "relative" }, "linux"),
    "/h/.local/share/telos",
  );
  assert.equal(
    defaultImageFolder({ HOME: "/Users/a" }, "darwin"),
    "/Users/a/Library/Application Support/telos",
  );
  assert.equal(
    defaultImageFolder({ LOCALAPPDATA: "C:\\Users\\a\\AppData\\Local" }, "windows"),
    "C:\\Users\\a\\AppData\\Local\\telos",
  );
  assert.equal(defaultImageFolder({}, "linux"), null);
});

Deno.test("UI85 Ollama's address is taken in every form that Ollama takes", () => {
  const forms: [string, string | null][] = [
    ["gpu", "http://gpu:11434"],
    ["gpu:99", "http://gpu:99"],
    [":99", "http://127.0.0.1:99"],
    ["0.0.0.0", "http://127.0.0.1:11434"],
    ["0.0.0.0:5", "http://127.0.0.1:5"],
    ["http://gpu", "http://gpu"],
    ["http://gpu:99/", "http://gpu:99"],
    ["https://gpu.example/ollama/", "https://gpu.example/ollama"],
    ["[::1]:99", "http://[::1]:99"],
    ["ftp://gpu", null],
    ["a b", null],
    ["", null],
  ];
  for (const [text, url] of forms) assert.equal(ollamaUrl(text), url, text);
});

Deno.test("UI83 a wrong setting ends any command with exit code 2 before anything is opened", async () => {
  const openLocal = () => Promise.reject(new Error("it was opened"));
  const ran = await terminal().runWith({ openLocal }, "recall", "x", "--port", "none", "--json");
  assert.equal(ran.code, 2);
  assert.equal(JSON.parse(ran.out).error.code, "wrong_setting");
  assert.match(ran.err, /--port/);
});
