/** Names on their way to a server: those that no object can have are not asked for, so that no other route is. */
import { NotFoundError } from "../../actors/errors.ts";
import { nameSchema } from "../protocol.ts";
import { RemoteError } from "./remote_error.ts";

/** What can be no name is nobody's, and needs no server to say so. @throws {NotFoundError} */
export function requireName(name: string): void {
  if (!nameSchema.safeParse(name).success) throw new NotFoundError(name);
}

/**
 * A name as a part of an address.
 * @throws {NotFoundError} as `requireName` does; {RemoteError} for what an address takes for a step to another place
 */
export function inPath(name: string): string {
  requireName(name);
  if (name !== "." && name !== "..") return encodeURIComponent(name);
  throw new RemoteError({
    code: "wrong_shape",
    message: `A server cannot be asked for the object "${name}" by that name`,
    hint: "Use its oid.",
    retryable: false,
    details: { name },
  }, null);
}
