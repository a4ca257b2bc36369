/** Seeds of lives that failed once, each with how many kills it took and what was wrong; the tests replay them. */
export const FAILED_ONCE: readonly {
  readonly seed: number;
  readonly kills: number;
  readonly what: string;
}[] = [
  {
    seed: 3_808_535_726,
    kills: 8,
    what: "the look for what was forgotten outlasted the time that its erasure has",
  },
];
