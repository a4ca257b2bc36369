/**
 * Why a file or a folder that a person named could not be read or written, in words. What this program is not permitted
 * is told as that, and not in the words of the runtime, which advise to permit it everything.
 */
export function fileReason(error: unknown, access: "read" | "written"): string {
  if (error instanceof Deno.errors.NotCapable) return `it may not be ${access} by this program`;
  return error instanceof Error ? error.message : String(error);
}
