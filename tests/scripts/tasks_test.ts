/** The tasks of deno.json: what they may do. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { allowedPrograms } from "../../scripts/allowed_programs.ts";
import { taskPermissions } from "../../scripts/bench/served_image.ts";
import config from "../../deno.json" with { type: "json" };

const root = fileURLToPath(new URL("../../", import.meta.url));

const flagsOf = (command: string, end: string) => {
  assert.ok(command.startsWith("deno run ") && command.endsWith(end), command);
  return command.slice("deno run ".length, -end.length);
};

Deno.test("TO4 start, telos and models run under one list of permissions, each granted by name", () => {
  const { start, telos, models } = config.tasks;
  const flags = flagsOf(start.command, " main.ts start");
  assert.equal(flagsOf(telos.command, " main.ts"), flags);
  assert.equal(flagsOf(models.command, " scripts/models.ts"), flags);
  const granted = taskPermissions();
  assert.ok(granted.includes("--no-prompt"), "what is not granted is refused, not asked for");
  for (const wide of ["-A", "--allow-all", "--allow-ffi", "--allow-sys", "--allow-import"]) {
    assert.ok(!granted.some((flag) => flag.startsWith(wide)), wide);
  }
  for (const named of ["--allow-env", "--allow-run"]) {
    const found = granted.filter((flag) => flag.startsWith(named));
    assert.equal(found.length, 1, named);
    assert.match(found[0]!, /^--allow-\w+=\S+$/, "by name");
  }
});

Deno.test("TO4 A Deno whose path has a space in it runs the tasks", async () => {
  const folder = await Deno.makeTempDir({ prefix: "telos a space " });
  const deno = join(folder, "deno");
  await Deno.copyFile(Deno.execPath(), deno);
  const { code, stderr } = await new Deno.Command(deno, { args: ["task", "telos", "--version"], cwd: root })
    .output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("TO5 The server may start this Deno, and of the others those that are on the machine", () => {
  const machine = { deno: "/opt/deno", os: "linux", path: "/usr/local/bin:/usr/bin" } as const;
  assert.deepEqual(allowedPrograms(machine, () => false), ["/opt/deno"]);
  assert.deepEqual(allowedPrograms(machine, (path) => path === "/usr/bin/pip"), ["/opt/deno", "pip"]);
  assert.deepEqual(allowedPrograms(machine, () => true), ["/opt/deno", "pip", "pip3", "xdg-open"]);
  assert.deepEqual(allowedPrograms({ ...machine, os: "darwin" }, () => true), [
    "/opt/deno",
    "pip",
    "pip3",
    "open",
  ]);
});
