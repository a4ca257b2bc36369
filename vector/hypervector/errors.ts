/** The one error of the hypervector algebra: a vector of the wrong shape, or a number that is none. */

/** What can be wrong with the arguments of an operation on hypervectors. */
export type HypervectorErrorCode =
  | "dimension_mismatch"
  | "invalid_dimensions"
  | "invalid_number"
  | "empty_bundle"
  | "over_limit"
  | "invalid_kernel"
  | "duplicate_entry";

/** Thrown when an operation on hypervectors cannot have a meaning; never retryable, as the arguments are wrong. */
export class HypervectorError extends Error {
  readonly code: HypervectorErrorCode;
  readonly hint: string;
  readonly retryable = false;
  readonly details: Record<string, unknown>;

  constructor(
    code: HypervectorErrorCode,
    message: string,
    hint: string,
    details: Record<string, unknown> = {},
  ) {
    super(message);
    this.name = "HypervectorError";
    this.code = code;
    this.hint = hint;
    this.details = details;
  }
}
