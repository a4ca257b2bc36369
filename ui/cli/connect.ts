/**
 * Finds the way into an image: through the server that has it open, else by opening it here. The image's lock is
 * what decides; `server.json` only says where to knock.
 */
import { type Door, hasErrorShape, RemoteDoor } from "../door/mod.ts";
import { readServerFile, type ServerFile } from "../server/mod.ts";
import { CliError } from "./cli_error.ts";
import type { CliEnvironment } from "./environment.ts";
import { CONNECT_MS_MAX, CONNECT_POLL_MS } from "./limits.ts";
import { printable } from "./printable.ts";
import type { Settings } from "./settings.ts";

export interface Connection {
  readonly door: Door;
  /** The server that is talked to; null when the image is open in this process. */
  readonly server: ServerFile | null;
}

export interface ConnectOptions {
  readonly connectMsMax?: number;
}

/**
 * @throws {CliError} `unavailable` when another process has the image open and no server answers for it in time
 */
export async function connect(
  settings: Settings,
  environment: CliEnvironment,
  options: ConnectOptions = {},
): Promise<Connection> {
  const open = () => environment.openLocal(settings, (line) => environment.stderr(`${printable(line)}\n`));
  const found = await serverOr(settings, environment, open, options);
  return "opened" in found ? { door: found.opened, server: null } : found;
}

/**
 * The server that has the image open, or what `open` makes of an image that nobody has open.
 * @throws {CliError} `unavailable` as `connect` does; what `open` throws
 */
export async function serverOr<T>(
  settings: Settings,
  environment: CliEnvironment,
  open: () => Promise<T>,
  options: ConnectOptions = {},
): Promise<Connection | { readonly opened: T }> {
  const running = await runningServer(settings.image);
  if (running !== null) return running;
  const until = Date.now() + (options.connectMsMax ?? CONNECT_MS_MAX);
  for (let first = true;; first = false) {
    try {
      return { opened: await open() };
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (first) environment.stderr("The image is open in another process: waiting for its server…\n");
      const server = await runningServer(settings.image);
      if (server !== null) return server;
      if (Date.now() >= until) throw nobodyAnswers(settings.image, error);
      await new Promise((resolve) => setTimeout(resolve, CONNECT_POLL_MS));
    }
  }
}

/** The server of an image, if one answers to the token that stands in `server.json` and serves no other folder. */
export async function runningServer(folder: string): Promise<Connection & { server: ServerFile } | null> {
  const server = await readServerFile(folder);
  if (server === null) return null;
  const door = new RemoteDoor({ url: server.url, token: server.token });
  try {
    const { image } = await door.health();
    if (!await areTwoFolders(folder, image.folder)) return { door, server };
    await door.close();
    return null;
  } catch (error) {
    await door.close();
    if (hasErrorShape(error)) return null;
    throw error;
  }
}

/** Whether both are there and differ: a folder that was copied while it was served has the file of that server in it. */
async function areTwoFolders(one: string, other: string): Promise<boolean> {
  try {
    const [a, b] = await Promise.all([Deno.stat(one), Deno.stat(other)]);
    return a.dev !== b.dev || a.ino !== b.ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    // `one` was looked into.
    if (error instanceof Deno.errors.PermissionDenied) return true;
    throw error;
  }
}

export function isLocked(error: unknown): boolean {
  return hasErrorShape(error) && error.code === "image_locked";
}

function nobodyAnswers(folder: string, cause: unknown): CliError {
  return new CliError(
    "unavailable",
    `The image in ${folder} is open in another process, which does not answer`,
    {
      hint: "Wait until the other command has ended, or stop that process.",
      details: { folder },
      cause,
    },
  );
}
