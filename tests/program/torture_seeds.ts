/** Seeds of lives that failed once, each with how many kills it took and what was wrong; the tests replay them. */
export const FAILED_ONCE: readonly {
  readonly seed: number;
  readonly kills: number;
  readonly what: string;
}[] = [];
