/** The key that backups are encrypted with, as the settings name it: a file that holds it, or the key itself. */
import { BackupKey, fileReason } from "../../kv/mod.ts";
import { CliError } from "./cli_error.ts";

/** 32 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{43}=$/;

/** Whether a setting is the key itself, and no file. */
export function isKeyText(setting: string): boolean {
  return KEY.test(setting);
}

/** The text of the key, read anew; null when none is set. @throws {CliError} for a file that cannot be read */
export async function readKeyText(setting: string | null): Promise<string | null> {
  if (setting === null || isKeyText(setting)) return setting;
  try {
    return (await Deno.readTextFile(setting)).trim();
  } catch (cause) {
    const reason = fileReason(cause, "read");
    throw new CliError("wrong_setting", `Cannot read the backup key in ${setting}: ${reason}`, {
      hint: "Name a file that telos backup --new-key FILE has made.",
      details: { file: setting },
      cause,
    });
  }
}

/** @throws {CliError} for a file that is there already */
export async function makeKeyFile(file: string): Promise<{ readonly file: string; readonly keyId: string }> {
  const text = BackupKey.generate();
  try {
    await Deno.writeTextFile(file, `${text}\n`, { createNew: true, mode: 0o600 });
  } catch (cause) {
    const isThere = cause instanceof Deno.errors.AlreadyExists;
    const reason = isThere ? "a file of that name is there" : fileReason(cause, "written");
    throw new CliError("wrong_use", `Cannot make a backup key in ${file}: ${reason}`, {
      hint: "Name a file that is not there yet.",
      details: { file },
      cause,
    });
  }
  return { file, keyId: (await BackupKey.read(text)).id };
}
