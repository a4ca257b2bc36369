/** Everything that the command line takes from outside, so that it can be run whole in a test. */
import type { Door } from "../door/mod.ts";
import type { Assets, RunningServer, StartServerOptions } from "../server/mod.ts";
import type { Settings } from "./settings.ts";

export interface CliEnvironment {
  readonly version: string;
  /** The words that run this program, before its arguments: for whoever is to start it later. */
  readonly program: () => readonly string[];
  /**
   * Opens the image in this process. `progress` takes lines for the person.
   * @throws an error with code `image_locked` when another process has it open
   */
  readonly openLocal: (settings: Settings, progress: (line: string) => void) => Promise<Door>;
  readonly startServer: (options: StartServerOptions) => Promise<RunningServer>;
  readonly assets: Assets;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Standard input; for `-`. */
  readonly stdin: () => AsyncIterable<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: typeof Deno.build.os;
  readonly currentFolder: string;
  /** Calls back at each Ctrl-C, or when the system asks the process to end, until the returned function is called. */
  readonly onInterrupt: (callback: () => void) => () => void;
  /** Shows an address in the person's browser. */
  readonly openBrowser: (url: string) => Promise<void>;
  /** Where a test may have the process killed. */
  readonly crash?: ((point: string) => void) | undefined;
  /** True when standard error is a terminal, so that a line may be rewritten. */
  readonly interactive?: boolean;
}
