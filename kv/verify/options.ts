/** What whoever verifies an image says and asks for. */
import type { Key } from "../keys.ts";
import type { VerifyProgress } from "./problem.ts";

/** What an object's stored value says of itself. */
export interface ObjectFacts {
  readonly name: string | null;
  readonly parents: readonly string[];
}

/** What the callers of the store know of the values that they keep in it. */
export interface ImageForms {
  /** @returns its facts, or in words why the value is no object's */
  object(oid: string, value: unknown): ObjectFacts | string;
  /** Hears the entries of `meta` first. @returns in words why the value cannot stand under that key, or null */
  check(key: Key, value: unknown): string | null;
}

export interface VerifyOptions {
  readonly forms: ImageForms;
  /** Puts right what can be put right without a doubt; default false. */
  readonly repair?: boolean | undefined;
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; default `Date.now`. */
  readonly clock?: (() => number) | undefined;
}
