/** What a command has in hand while it runs: its settings, and the two places where it may write. */
import type { Command } from "commander";
import type { CommandInput, CommandResult } from "../protocol.ts";
import type { Door } from "../door/mod.ts";
import { connect, type Connection } from "./connect.ts";
import type { CliEnvironment } from "./environment.ts";
import type { ExitCode } from "./exit_codes.ts";
import { TEXT_BYTES_MAX } from "./limits.ts";
import { printable } from "./printable.ts";
import { readText } from "./read_text.ts";
import type { Settings } from "./settings.ts";

export class CliContext {
  constructor(
    readonly settings: Settings,
    readonly json: boolean,
    readonly environment: CliEnvironment,
  ) {}

  /** A line of the result, on standard output. */
  print(line: string): void {
    this.environment.stdout(`${this.json ? line : printable(line)}\n`);
  }

  /** A line about the work, on standard error. */
  say(line: string): void {
    this.environment.stderr(`${printable(line)}\n`);
  }

  /** The result: JSON on one line when `--json` was given, else what `human` makes of it. */
  show<T>(value: T, human: (value: T) => string): void {
    this.print(this.json ? JSON.stringify(value) : human(value));
  }

  async withConnection<T>(body: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await connect(this.settings, this.environment);
    try {
      return await body(connection);
    } finally {
      await connection.door.close();
    }
  }

  withDoor<T>(body: (door: Door) => Promise<T>): Promise<T> {
    return this.withConnection(({ door }) => body(door));
  }

  command(command: CommandInput): Promise<CommandResult> {
    return this.withDoor((door) => door.command(command, { who: "cli" }));
  }

  /** An argument as it is, or standard input for `-`. */
  async textOf(argument: string): Promise<string> {
    if (argument !== "-") return argument;
    return (await readText({ from: argument, bytesMax: TEXT_BYTES_MAX }, this.environment)).trimEnd();
  }
}

/** Runs a command's body with its context, its arguments and its own options. */
export type Run = (
  body: (context: CliContext, args: string[], options: Record<string, unknown>) => Promise<ExitCode | void>,
) => (...given: unknown[]) => Promise<void>;

/** Adds one command to the program. */
export type Define = (program: Command, run: Run) => void;
