/** A blueprint that declares no world. */
import { ImageError } from "../errors.ts";

export class BlueprintError extends ImageError {
  /** @param path where in the blueprint, such as `objects[3].slots.look` */
  constructor(path: string, reason: string, cause?: unknown) {
    super("blueprint_invalid", `Cannot forge the blueprint as ${path} ${reason}`, {
      hint: "Correct what is named; nothing was made.",
      details: { path, reason },
      cause,
    });
  }
}
