/** Whether the database failed as it is closed: what is asked for then, and what was under way, end in errors of their own. */
export function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof TypeError && error.message === "Database is closed.";
}
