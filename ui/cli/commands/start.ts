/** `telos start`: opens the image, listens, says what is in use, and stays until it is told to stop. */
import type { Health } from "../../protocol.ts";
import type { Door } from "../../door/mod.ts";
import type { RunningServer } from "../../server/mod.ts";
import { CliError } from "../cli_error.ts";
import { connect } from "../connect.ts";
import type { CliContext, Define } from "../context.ts";
import { degradedOf, settled } from "../settled.ts";

export const defineStart: Define = (program, run) => {
  program.command("start")
    .description("open the image and serve the canvas until Ctrl-C")
    .option("--open", "show the canvas in the browser")
    .option(
      "--json",
      "print one line {url, image, mind, embedding, degraded}, and the token where one is needed",
    )
    .addHelpText("after", "\nExample:\n  telos start --image ~/my-image --port 0 --json")
    .action(run((context, _args, options) => start(context, options.open === true)));
};

async function start(context: CliContext, open: boolean): Promise<void> {
  const { settings, environment } = context;
  const { door, server: other } = await connect(settings, environment);
  if (other !== null) {
    await door.close();
    throw new CliError("unavailable", `The image in ${settings.image} is already served at ${other.url}`, {
      hint: "Use that address, or stop it first with `telos stop`.",
      details: { url: other.url, pid: other.pid, image: settings.image },
    });
  }
  const server = await listen(context, door);
  // The server answers already; only the report waits a moment.
  const health = await settled(door);
  if (!server.isStopping) {
    context.show(report(server, settings.image, health), () => words(server, settings.image, health));
  }
  const following = new AbortController();
  const told = tellStatus(context, door, following.signal);
  if (open) void show(context, entrance(server));
  const reason = await server.finished;
  following.abort();
  await told;
  context.say(`Stopped: ${reason}.`);
}

/** The server goes on, whether or not there is a browser, and however long it stays. */
async function show(context: CliContext, url: string): Promise<void> {
  try {
    await context.environment.openBrowser(url);
  } catch (error) {
    const isNone = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable;
    const reason = isNone
      ? "there is none that may be started"
      : error instanceof Error
      ? error.message
      : error;
    context.say(`No browser was opened (${reason}): open ${url}`);
  }
}

async function listen(context: CliContext, door: Door): Promise<RunningServer> {
  const { settings, environment } = context;
  try {
    return await environment.startServer({
      door,
      assets: environment.assets,
      folder: settings.image,
      host: settings.host,
      port: settings.port,
      version: environment.version,
      signals: true,
      log: (line) => context.say(line),
    });
  } catch (error) {
    await door.close();
    throw error;
  }
}

function report(server: RunningServer, image: string, health: Health) {
  return {
    url: server.url,
    ...(server.requireToken ? { token: server.token } : {}),
    image,
    mind: health.mind.name,
    embedding: health.embedding.model,
    degraded: degradedOf(health),
  };
}

function entrance(server: RunningServer): string {
  return server.requireToken ? `${server.url}/?token=${server.token}` : server.url;
}

function words(server: RunningServer, image: string, health: Health): string {
  const models = health.mind.models.length > 0 ? ` (${health.mind.models.join(", ")})` : "";
  const host = health.mind.host === null ? "" : ` at ${health.mind.host}`;
  const lines = [
    `TelOS ${health.version} is running`,
    "",
    `  canvas     ${entrance(server)}`,
    `  image      ${image}`,
    `  mind       ${health.mind.name}${host}${models}`,
    `  embedding  ${health.embedding.model}`,
  ];
  for (const { part, reason, hint } of degradedOf(health)) {
    lines.push("", `  degraded   ${part}: ${reason}`, `             ${hint}`);
  }
  return [...lines, "", "Ctrl-C stops it."].join("\n");
}

/** Says on standard error what the system says of itself, each thing once. */
async function tellStatus(context: CliContext, door: Door, signal: AbortSignal): Promise<void> {
  let last = "";
  for await (const { event } of door.events({ signal })) {
    if (event.command !== "SYSTEM_STATUS_UPDATE" || event.status_text === last) continue;
    last = event.status_text;
    context.say(last);
  }
}
