/** `telos forge`: a world from its blueprint, the blueprint of a world, and the files that keep it running. */
import { join } from "node:path";
import { BLUEPRINT_BYTES_MAX, forgeImage } from "../../../actors/exchange/mod.ts";
import { isKeyText } from "../backup_key.ts";
import { CliError } from "../cli_error.ts";
import type { CliContext, Define } from "../context.ts";
import { serviceFiles } from "../exchange/service_files.ts";
import { writing } from "../exchange/files.ts";
import { readText } from "../read_text.ts";
import { stoppable } from "../stoppable.ts";
import { wholePath } from "../whole_path.ts";
import { describeMade, writeOut } from "./exchange.ts";

export const defineForge: Define = (program, run) => {
  program.command("forge")
    .description(
      "make a new image from a blueprint, or write the blueprint of an image, or its service files",
    )
    .argument("[blueprint]", "a JSON document that declares a world; - reads standard input")
    .option("--from-image", "write the blueprint of the image instead")
    .option("--out <file>", "where the blueprint goes; default: standard output")
    .option(
      "--services <folder>",
      "write a systemd unit, a supervisord configuration and a launchd property list there",
    )
    .option(
      "--user <account>",
      "of the services: the account that they run under; default: whoever loads them",
    )
    .option("--json", "print what was made")
    .addHelpText(
      "after",
      "\nExample:\n  telos forge world.json --image ~/world\n  telos forge --from-image --out world.json\n" +
        "  telos forge --services ~/services --image ~/world --port 4680",
    )
    .action(run(async (context, [blueprint], options) => {
      const fromImage = options.fromImage === true;
      const services = typeof options.services === "string" ? options.services : undefined;
      if (
        (blueprint !== undefined && fromImage) ||
        (blueprint === undefined && !fromImage && services === undefined)
      ) {
        throw new CliError("wrong_use", "forge takes a blueprint, or --from-image, or --services", {
          hint: "telos forge --help has examples.",
        });
      }
      if (blueprint !== undefined) await forge(context, blueprint);
      if (fromImage) {
        await stoppable(
          context,
          { what: "export" },
          (signal) =>
            context.withDoor((door) =>
              writeOut(context, door.exchange.export({ as: "blueprint" }, { signal }), options.out, signal)
            ),
        );
      }
      if (services !== undefined) {
        const user = typeof options.user === "string" ? options.user : null;
        await writeServices(context, services, user);
      }
    }));
};

async function forge(context: CliContext, blueprint: string): Promise<void> {
  const folder = context.settings.image;
  const text = await readText({ from: blueprint, bytesMax: BLUEPRINT_BYTES_MAX }, context.environment);
  const made = await forgeImage(parse(text, blueprint), { folder });
  context.show({ ...made, image: folder }, describeMade);
}

function parse(text: string, blueprint: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new CliError("wrong_use", `Cannot forge ${blueprint} as it is not JSON: ${cause.message}`, {
      hint: "A blueprint is a JSON document; `telos forge --from-image` writes one.",
      details: { blueprint },
      cause,
    });
  }
}

async function writeServices(context: CliContext, folder: string, user: string | null): Promise<void> {
  const { settings, environment } = context;
  if (settings.port === 0) {
    throw new CliError("wrong_use", "A service must listen on a port of its own: --port is 0", {
      hint: "Name one with --port or TELOS_PORT; without either it is 4680.",
      details: { setting: "port" },
    });
  }
  const target = wholePath(context, folder);
  const files = serviceFiles({
    program: environment.program(),
    image: settings.image,
    host: settings.host,
    port: settings.port,
    logs: target,
    environment: handedOn(context),
    user,
  });
  await writing(target, () => Deno.mkdir(target, { recursive: true }));
  const written: string[] = [];
  for (const { name, text } of files) {
    const path = join(target, name);
    await writing(path, () => Deno.writeTextFile(path, text, { mode: 0o600 }));
    written.push(path);
  }
  context.show({ services: written }, ({ services }) => `Wrote ${services.join(", ")}.`);
}

/** Variables without which the service would not be what this program is here, whether by flag or by variable. */
function handedOn({ settings, environment: { env } }: CliContext): Record<string, string> {
  if (settings.backupKey !== null && isKeyText(settings.backupKey)) {
    throw new CliError("wrong_use", "The backup key of a service must be in a file: it was given itself", {
      hint: "Write it to a file that only the service's account can read, and name that with --backup-key.",
      details: { setting: "backupKey" },
    });
  }
  const variables = {
    HOME: env.HOME,
    XDG_CACHE_HOME: env.XDG_CACHE_HOME,
    DENO_DIR: env.DENO_DIR,
    TELOS_MODELS: settings.models,
    TELOS_BACKUP_KEY: settings.backupKey,
    OLLAMA_HOST: settings.ollamaHost,
  };
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => value ? [[name, value]] : []),
  );
}
