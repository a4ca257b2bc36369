/** How long to wait before the next attempt to connect. Pure. */
import { RECONNECT_MS_MAX, RECONNECT_MS_MIN } from "../limits.ts";

/**
 * Doubles with each attempt up to a bound; `random` in 0..1 takes up to a third off, so that windows that were cut
 * off together do not all come back in one moment. Milliseconds.
 */
export function backoffMs(attempt: number, random: number): number {
  const whole = Math.min(RECONNECT_MS_MAX, RECONNECT_MS_MIN * 2 ** Math.max(0, attempt));
  return Math.round(whole * (1 - random / 3));
}
