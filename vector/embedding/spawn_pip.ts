/** Starts `pip`, under whichever of its names this machine has it. */

/** @throws {Deno.errors.NotFound} when there is neither `pip` nor `pip3` */
export function spawnPip(args: readonly string[]): Deno.ChildProcess {
  const options: Deno.CommandOptions = {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  };
  try {
    return new Deno.Command("pip", options).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) && !(error instanceof Deno.errors.NotCapable)) throw error;
    return new Deno.Command("pip3", options).spawn();
  }
}
