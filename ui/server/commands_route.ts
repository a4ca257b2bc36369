/**
 * `POST /api/commands`: one message of the contract in, `{position, result}` out. A command that was taken is
 * carried out, also when its sender has gone: who is not sure repeats it under the same key.
 */
import { type CommandOptions, type Door, WrongShapeError } from "../door/mod.ts";
import { type Command, type CommandResult, commandSchema } from "../protocol.ts";
import { readJson } from "./body.ts";
import { IDEMPOTENCY_KEY_LENGTH_MAX, type ServerLimits } from "./limits.ts";
import { ServerError } from "./server_error.ts";

export interface CommandContext {
  readonly door: Door;
  readonly limits: ServerLimits;
  /** Called with a SHUTDOWN_REQUEST's answer on its way out. */
  readonly onShutdownRequest: () => void;
}

/** @throws {ServerError} or {WrongShapeError} for what is not a command, and whatever the door throws */
export async function runCommand(request: Request, context: CommandContext): Promise<CommandResult> {
  const options = commandOptions(request);
  const command = parseCommand(await readJson(request, context.limits));
  if (command.command === "SHUTDOWN_REQUEST") return await shutDown(context);
  return await context.door.command(command, options);
}

/** @throws {WrongShapeError} with the paths of what is wrong; {ServerError} for a command that is not known */
export function parseCommand(value: unknown): Command {
  const parsed = commandSchema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const name = typeof value === "object" && value !== null && "command" in value ? value.command : undefined;
  if (commandNames.includes(name as string)) throw new WrongShapeError(value, parsed.error);
  throw new ServerError(
    "wrong_shape",
    `Cannot take this as a command: "command" must be one of the known ones and is ${shown(name)}`,
    { hint: `Known are ${commandNames.join(", ")}.`, details: { command: null, paths: ["command"] } },
  );
}

const commandNames: readonly string[] = commandSchema.options.map((option) =>
  option.shape.command.value as string
);

function shown(value: unknown): string {
  return value === undefined ? "missing" : (JSON.stringify(value) ?? "unprintable").slice(0, 100);
}

function commandOptions(request: Request): CommandOptions {
  const idempotencyKey = request.headers.get("idempotency-key");
  const who = request.headers.get("telos-who") ?? "person";
  if (idempotencyKey !== null && !isKey(idempotencyKey)) {
    throw new ServerError(
      "wrong_shape",
      `Idempotency-Key must have 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} printable characters`,
      { hint: "A fresh UUID for each command is best.", details: { paths: ["Idempotency-Key"] } },
    );
  }
  if (!/^[\w .:-]{1,64}$/.test(who)) {
    throw new ServerError("wrong_shape", "Telos-Who must have 1 to 64 letters, digits, spaces or . : - _", {
      hint: "Leave it out, or name the program that asks.",
      details: { paths: ["Telos-Who"] },
    });
  }
  return { who, ...(idempotencyKey === null ? {} : { idempotencyKey }) };
}

function isKey(key: string): boolean {
  return key.length <= IDEMPOTENCY_KEY_LENGTH_MAX && /^[\x21-\x7e]+$/.test(key);
}

async function shutDown(context: CommandContext): Promise<CommandResult> {
  const { image } = await context.door.health();
  context.onShutdownRequest();
  return { position: image.position ?? "000001-00000000000000000000-0000", result: { stopping: true } };
}
