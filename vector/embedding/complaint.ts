/** The one line for people in what a child wrote to standard error: no colours, no stack, no paths. */

/** Colours and the like, as terminals read them. */
// deno-lint-ignore no-control-regex
const escapes = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;

/** The folders in an absolute path or a file's address, of any system; not those in other addresses. */
const folders =
  /(?<![\w:/\\.])(?:file:\/\/\/?)?(?:[A-Za-z]:)?(?:[\\/][^\s"'`()\\/:]+)*[\\/](?=[^\s"'`()\\/:]+)/g;

/**
 * The first line that says `error:`, else the first that says that it is fatal, else the first that is not of a
 * stack; "" when there is none. Of a path the last part stays.
 */
export function complaintOf(said: string): string {
  const lines = said.replace(escapes, "").split(/\r?\n/).map((line) => line.trim());
  const told = lines.filter((line) =>
    line !== "" && line !== "Stack backtrace:" && !/^(at |\d+: )/.test(line)
  );
  const line = told.find((each) => /\berror: /i.test(each)) ?? told.find((each) => /\bfatal\b/i.test(each)) ??
    told[0] ?? "";
  return line.replace(/^(error: |# )/, "").replace(folders, "");
}
