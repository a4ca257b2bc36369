/**
 * Where a test may have the process killed, so that what a crash leaves behind can be looked at. Honoured with
 * `TELOS_TEST=1` alone: `TELOS_CRASH_AT=<point>[:n]` ends the process at the n-th time that the point is reached.
 */

/** Settings as the environment has them. */
export type CrashEnvironment = Readonly<Record<string, string | undefined>>;

/** The points that a commit passes, in their order. */
export const COMMIT_CRASH_POINTS = [
  "commit.validated",
  "commit.voted",
  "commit.staged",
  "commit.decided",
  "commit.applied",
  "commit.published",
] as const;

const SETTING = /^([a-z]+\.[a-z]+)(?::([1-9]\d{0,8}))?$/;

/**
 * The hook that the environment asks for, to be called at each point; undefined when it asks for none.
 * @param kill ends the process at once; by default with SIGKILL, which nothing can catch
 * @throws {RangeError} for a setting that names no point
 */
export function crashHook(
  environment: CrashEnvironment,
  kill: () => void = () => Deno.kill(Deno.pid, "SIGKILL"),
): ((point: string) => void) | undefined {
  const setting = environment.TELOS_CRASH_AT;
  if (environment.TELOS_TEST !== "1" || setting === undefined || setting === "") return undefined;
  const match = SETTING.exec(setting);
  if (match === null) {
    throw new RangeError(
      `TELOS_CRASH_AT must be <point>[:n], such as commit.decided:3: it is "${setting.slice(0, 80)}"`,
    );
  }
  const [, wanted, count] = match;
  let left = count === undefined ? 1 : Number(count);
  return (point) => {
    if (point === wanted && --left === 0) kill();
  };
}
