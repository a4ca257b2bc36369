/**
 * Why a file or a folder that a person named could not be read or written, in words. What this program is not permitted
 * is told as that, and not in the words of the runtime, which advise to permit it everything.
 */
export function fileReason(error: unknown, access: "read" | "written"): string {
  if (error instanceof Deno.errors.NotCapable) return `it may not be ${access} by this program`;
  return error instanceof Error ? error.message : String(error);
}

/** What the database says, by the runtime or in its own words, where its disk takes no more or fails. */
const DISK = /is full|no space left|disk i\/o|no transaction is active/i;

/** Whether an error is about the disk beneath a file, and not about the file or the right to it. */
export function isAboutTheDisk(error: unknown): boolean {
  return error instanceof Error && DISK.test(error.message);
}
