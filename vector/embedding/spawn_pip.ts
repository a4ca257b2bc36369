/** Starts `pip`, under whichever of its names this machine has it. */

/** @throws {Deno.errors.NotFound} when there is neither `pip` nor `pip3`, or none that may be started */
export function spawnPip(args: readonly string[]): Deno.ChildProcess {
  const options: Deno.CommandOptions = {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  };
  for (const name of ["pip", "pip3"]) {
    try {
      return new Deno.Command(name, options).spawn();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) && !(error instanceof Deno.errors.NotCapable)) throw error;
    }
  }
  throw new Deno.errors.NotFound("there is no pip that may be started");
}
