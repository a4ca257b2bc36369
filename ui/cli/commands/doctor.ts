/** `telos doctor`: one page of what is wrong with this installation, and what to do about each. */
import { fileReason } from "../../../kv/mod.ts";
import { modelSource } from "../../../vector/mod.ts";
import type { Health } from "../../protocol.ts";
import { runningServer } from "../connect.ts";
import type { CliContext, Define } from "../context.ts";
import { defaultModelCache } from "../data_folder.ts";
import { exitCodes } from "../exit_codes.ts";
import { DOCTOR_ANSWER_MS_MAX, DOCTOR_PROBE_BYTES } from "../limits.ts";
import type { Settings } from "../settings.ts";

/** One thing that was looked at. */
interface Finding {
  readonly check: string;
  readonly state: "ok" | "warning" | "failed";
  readonly detail: string;
  /** What to do; empty when all is well. */
  readonly hint: string;
}

const well = (check: string, detail: string): Finding => ({ check, state: "ok", detail, hint: "" });
const warning = (check: string, detail: string, hint: string): Finding => ({
  check,
  state: "warning",
  detail,
  hint,
});
const failed = (check: string, detail: string, hint: string): Finding => ({
  check,
  state: "failed",
  detail,
  hint,
});

export const defineDoctor: Define = (program, run) => {
  program.command("doctor")
    .description("what is wrong with this installation, and what to do about it")
    .option("--json", "print {ok, findings: [{check, state, detail, hint}]}")
    .addHelpText("after", "\nExits with 1 when something has failed.\n\nExample:\n  telos doctor")
    .action(run(async (context) => {
      const findings = await examine(context);
      const ok = findings.every(({ state }) => state !== "failed");
      context.show({ ok, findings }, ({ findings }) => findings.map(describe).join("\n"));
      return ok ? exitCodes.done : exitCodes.failed;
    }));
};

function describe({ check, state, detail, hint }: Finding): string {
  const sign = { ok: "well   ", warning: "warning", failed: "FAILED " }[state];
  return `${sign}  ${check.padEnd(8)} ${detail}${hint === "" ? "" : `\n${" ".repeat(18)}${hint}`}`;
}

async function examine(context: CliContext): Promise<Finding[]> {
  const { settings, environment } = context;
  const running = await runningServer(settings.image);
  const findings = [
    well("program", `TelOS ${environment.version} on Deno ${Deno.version.deno}, ${Deno.build.target}`),
    await checkFolder(settings.image),
  ];
  if (findings[1]!.state === "ok") findings.push(await checkRoom(settings.image));
  if (running === null) {
    findings.push(
      await checkPort(settings),
      await checkModels(context),
      await checkOllama(settings.ollamaHost),
      warning(
        "server",
        "no server is running, so that the image itself was not asked",
        "Start one with `telos start`, or look over the image with `telos verify`.",
      ),
    );
    return findings;
  }
  try {
    findings.push(well("server", `process ${running.server.pid} serves the image at ${running.server.url}`));
    findings.push(...aboutHealth(await running.door.health()));
  } finally {
    await running.door.close();
  }
  return findings;
}

/** What the server says of its image: everything that is degraded, and the age of the last backup. */
function aboutHealth(health: Health): Finding[] {
  const findings = health.degraded.map(({ part, reason, hint }) => warning(part, reason, hint));
  if (health.status === "failed") {
    findings.push(failed("image", "the image is not running", "See `telos health`."));
  }
  if (health.status === "ok") {
    findings.push(well("image", `everything is ready, at ${health.image.position}`));
  }
  const { backup } = health;
  if (backup?.last) {
    findings.push(well("backup", `the last was made ${new Date(backup.last.at).toISOString()}`));
  } else if (backup) findings.push(warning("backup", "there is none yet", "Make one with `telos backup`."));
  return findings;
}

async function checkFolder(folder: string): Promise<Finding> {
  try {
    const { isDirectory } = await Deno.stat(folder);
    if (!isDirectory) return failed("folder", `${folder} is no folder`, "Choose another with --image.");
    const probe = await Deno.makeTempFile({ dir: folder, prefix: ".doctor-" });
    await Deno.remove(probe);
    return well("folder", `${folder} can be written`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return warning("folder", `${folder} is not there yet`, "It is made at the first start.");
    }
    return failed(
      "folder",
      `${folder} cannot be written: ${fileReason(error, "written")}`,
      "Change its owner or permissions, or choose another with --image.",
    );
  }
}

/** Whether there is room for a little more, by taking it and giving it back. */
async function checkRoom(folder: string): Promise<Finding> {
  const probe = await Deno.makeTempFile({ dir: folder, prefix: ".doctor-" });
  try {
    await Deno.writeFile(probe, new Uint8Array(DOCTOR_PROBE_BYTES));
    return well("disk", `there is room for ${DOCTOR_PROBE_BYTES >> 20} MB and more`);
  } catch (error) {
    return failed(
      "disk",
      `there is no room for ${DOCTOR_PROBE_BYTES >> 20} MB: ${fileReason(error, "written")}`,
      "Make room: until then thoughts are refused, and nothing is lost.",
    );
  } finally {
    await Deno.remove(probe);
  }
}

function checkPort({ host, port }: Settings): Promise<Finding> {
  try {
    Deno.listen({ hostname: host, port }).close();
    return Promise.resolve(well("port", `${host}:${port} is free`));
  } catch (error) {
    return Promise.resolve(
      failed(
        "port",
        `${host}:${port} cannot be listened on: ${wordsOf(error)}`,
        "Stop what uses it, or choose another with --port.",
      ),
    );
  }
}

/** What the server would find here, without fetching anything. */
async function checkModels({ settings, environment }: CliContext): Promise<Finding> {
  const cache = defaultModelCache(environment.env, environment.platform);
  const hint =
    "It is fetched at the first start, or by `deno task models`; until then memories are found by their words.";
  if (settings.models === null && cache === null) {
    return warning("models", "there is no place for the embedding model", "Set HOME or --models.");
  }
  const source = modelSource({ folder: settings.models, cache, hub: null });
  const found = await source.find({ signal: new AbortController().signal, onProgress: () => {} });
  if ("reasons" in found) return warning("models", `none can be used: ${found.reasons.join("; ")}`, hint);
  return well("models", `${found.space.model} is in ${found.modelsFolder}`);
}

async function checkOllama(host: string): Promise<Finding> {
  const hint = "Start it (ollama serve), or set OLLAMA_HOST; without it answers quote memory.";
  try {
    const response = await fetch(`${host}/api/version`, {
      signal: AbortSignal.timeout(DOCTOR_ANSWER_MS_MAX),
    });
    const text = await response.text();
    if (!response.ok) return warning("ollama", `${host} answers ${response.status}`, hint);
    return well("ollama", `${host} answers ${text.trim().slice(0, 80)}`);
  } catch (error) {
    return warning("ollama", `${host} does not answer: ${wordsOf(error)}`, hint);
  }
}

const wordsOf = (error: unknown): string => error instanceof Error ? error.message : String(error);
