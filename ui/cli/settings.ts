/**
 * The settings: each is a flag, else an environment variable, else a default, and is checked before anything is
 * opened. A wrong one is refused with the name it was given under and what is allowed.
 */
import { resolve } from "node:path";
import { z } from "zod";
import { isKeyText } from "./backup_key.ts";
import { CliError } from "./cli_error.ts";
import { defaultImageFolder } from "./data_folder.ts";

const folder = z.string().min(1).max(4096).refine((path) => !path.includes("\0"));
const hostName = z.string().max(253).refine(isHost);

export const settingsSchema = z.object({
  /** The image's folder, absolute. */
  image: folder,
  port: z.string().regex(/^\d{1,5}$/).transform(Number).pipe(z.number().max(65_535)),
  host: hostName,
  /** A folder with embedding models, absolute; null when none is named. */
  models: folder.nullable(),
  /** What backups are encrypted with: an absolute path of a file with the key, or the key; null when they are not. */
  backupKey: z.string().min(1).max(4096).nullable(),
  /** The address of Ollama's server, as a URL without a slash at the end. */
  ollamaHost: z.string().max(500).transform((text, context) => {
    const url = ollamaUrl(text);
    if (url !== null) return url;
    context.addIssue({ code: "custom", message: "not an address" });
    return z.NEVER;
  }),
});
export type Settings = z.output<typeof settingsSchema>;

interface Setting {
  readonly key: keyof Settings;
  readonly flag: string;
  readonly value: string;
  readonly variable: string;
  readonly allowed: string;
  readonly help: string;
  readonly fallback: string | null;
}

/** One line of `--help` each. */
export const settingList: readonly Setting[] = [
  {
    key: "image",
    flag: "--image",
    value: "FOLDER",
    variable: "TELOS_IMAGE",
    allowed: "a folder",
    help: "where the image lives; default: the platform's data folder",
    fallback: null,
  },
  {
    key: "port",
    flag: "--port",
    value: "NUMBER",
    variable: "TELOS_PORT",
    allowed: "a whole number from 0 to 65535; 0 takes a free port",
    help: "where the server listens; 0 takes a free port and prints it; default: 4680",
    fallback: "4680",
  },
  {
    key: "host",
    flag: "--host",
    value: "ADDRESS",
    variable: "TELOS_HOST",
    allowed: "a host name or an IP address without a port",
    help: "the address it listens on; beyond loopback a token is needed; default: 127.0.0.1",
    fallback: "127.0.0.1",
  },
  {
    key: "models",
    flag: "--models",
    value: "FOLDER",
    variable: "TELOS_MODELS",
    allowed: "a folder",
    help: "embedding models that are already on this machine",
    fallback: null,
  },
  {
    key: "backupKey",
    flag: "--backup-key",
    value: "FILE",
    variable: "TELOS_BACKUP_KEY",
    allowed: "a file",
    help: "the key that backups are encrypted with; without it they are not",
    fallback: null,
  },
  {
    key: "ollamaHost",
    flag: "--ollama-host",
    value: "ADDRESS",
    variable: "OLLAMA_HOST",
    allowed: "host, host:port, or an http(s) address",
    help: "Ollama's server; default: 127.0.0.1:11434",
    fallback: "127.0.0.1:11434",
  },
];

/** Every environment variable that the command line looks at: what it must be permitted to read. */
export const environmentVariables: readonly string[] = [
  ...settingList.map(({ variable }) => variable),
  "HOME",
  "XDG_DATA_HOME",
  "LOCALAPPDATA",
  "USERPROFILE",
];

export interface SettingsSources {
  /** What was given on the command line, by key. */
  readonly flags: Readonly<Partial<Record<keyof Settings, string>>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: typeof Deno.build.os;
  readonly currentFolder: string;
}

/** @throws {CliError} `wrong_setting`, naming the flag or the variable and what is allowed */
export function readSettings(sources: SettingsSources): Settings {
  const given = settingList.map((setting) => [setting.key, check(setting, sources)] as const);
  return Object.fromEntries(given) as Settings;
}

function check(setting: Setting, sources: SettingsSources): Settings[keyof Settings] {
  const { value, from } = lookUp(setting, sources);
  if (value === null && (setting.key === "models" || setting.key === "backupKey")) return null;
  if (setting.key === "backupKey" && isKeyText(value ?? "")) return value;
  if (value === null) {
    throw new CliError("wrong_setting", "There is no place for the image: the environment names no home", {
      hint: `Name one with ${setting.flag} ${setting.value} or ${setting.variable}.`,
      details: { setting: setting.key },
    });
  }
  const parsed = settingsSchema.shape[setting.key].safeParse(value);
  if (!parsed.success) {
    throw new CliError(
      "wrong_setting",
      `${from} must be ${setting.allowed}: it is "${value.slice(0, 200)}"`,
      {
        hint: `Set ${setting.flag} or ${setting.variable} to ${setting.allowed}.`,
        details: { setting: setting.key, from, value: value.slice(0, 200) },
      },
    );
  }
  const isPath = setting.key === "image" || setting.key === "models" || setting.key === "backupKey";
  return isPath ? resolve(sources.currentFolder, String(parsed.data)) : parsed.data;
}

/** An environment variable that is set to nothing counts as not set; an empty flag is a mistake. */
function lookUp(setting: Setting, sources: SettingsSources): { value: string | null; from: string } {
  const flag = sources.flags[setting.key];
  if (flag !== undefined) return { value: flag, from: setting.flag };
  const variable = sources.env[setting.variable];
  if (variable !== undefined && variable !== "") return { value: variable, from: setting.variable };
  const fallback = setting.key === "image"
    ? defaultImageFolder(sources.env, sources.platform)
    : setting.fallback;
  return { value: fallback, from: "the default" };
}

function isHost(text: string): boolean {
  const bare = text.replace(/^\[(.*)\]$/, "$1");
  if (bare.includes(":")) return URL.canParse(`http://[${bare}]/`);
  if (/^[\d.]+$/.test(bare)) {
    return /^\d{1,3}(\.\d{1,3}){3}$/.test(bare) && bare.split(".").every((n) => +n < 256);
  }
  return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(bare);
}

/** Takes what Ollama itself takes: `host`, `host:port`, `:port`, a URL; 0.0.0.0 is where a server listens. */
export function ollamaUrl(text: string): string | null {
  const trimmed = text.trim();
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`;
  const withHost = withScheme.replace(/^(https?:\/\/):/i, "$1127.0.0.1:");
  if (!URL.canParse(withHost)) return null;
  const url = new URL(withHost);
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  const hasScheme = withScheme === trimmed;
  const port = url.port !== "" ? `:${url.port}` : hasScheme || /:\d+\/*$/.test(trimmed) ? "" : ":11434";
  const host = url.hostname === "0.0.0.0" ? "127.0.0.1" : url.hostname;
  return `${url.protocol}//${host}${port}${url.pathname.replace(/\/+$/, "")}`;
}
