/**
 * The command line of a living image.
 * @module
 */
export { readKeyText } from "./backup_key.ts";
export { type CliEnvironment } from "./environment.ts";
export { type ExitCode, exitCodes } from "./exit_codes.ts";
export { runCli } from "./run_cli.ts";
export { defaultImageFolder, defaultModelCache } from "./data_folder.ts";
export { environmentVariables, type Settings, settingsSchema } from "./settings.ts";
