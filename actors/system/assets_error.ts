/** A part of the program that is not where it belongs. */
import { ImageError } from "../errors.ts";

/** `asset_unknown` for a name that is none, `asset_missing` for one that was not built. */
export class AssetError extends ImageError {
  constructor(code: "asset_unknown" | "asset_missing", message: string, hint: string, cause?: unknown) {
    super(code, message, { hint, ...(cause === undefined ? {} : { cause }) });
  }
}
