/**
 * Whether a model may be asked, as a step function over its failures. Pure: time comes in with the events.
 *
 * ```
 * closed ── FAILED, so many in a row ──→ open ── ASKED, when its rest is over ──→ trying
 *    ↑                                    ↑                                         │
 *    └──────────── SUCCEEDED ─────────────┼── FAILED: rests twice as long ──────────┤
 *                                         └── LEFT: nobody knows, it may be asked ──┘
 * ```
 */
import type { BreakerBounds } from "./limits.ts";

export type Breaker =
  | { readonly state: "closed"; readonly failures: number }
  | {
    readonly state: "open";
    readonly failures: number;
    /** Of the last failure. */
    readonly reason: string;
    /** When it may be asked again, by the clock of the events. */
    readonly untilMs: number;
  }
  | { readonly state: "trying"; readonly failures: number; readonly reason: string };

export type BreakerEvent =
  | { readonly type: "ASKED"; readonly atMs: number }
  | { readonly type: "SUCCEEDED" }
  | { readonly type: "FAILED"; readonly reason: string; readonly atMs: number }
  /** The person left before it was known how it ends. */
  | { readonly type: "LEFT"; readonly atMs: number };

export const closedBreaker: Breaker = { state: "closed", failures: 0 };

/** What the breaker is after the event. */
export function stepBreaker(breaker: Breaker, event: BreakerEvent, bounds: BreakerBounds): Breaker {
  switch (event.type) {
    case "ASKED": {
      if (breaker.state !== "open" || breaker.untilMs > event.atMs) return breaker;
      return { state: "trying", failures: breaker.failures, reason: breaker.reason };
    }
    case "SUCCEEDED":
      return closedBreaker;
    case "LEFT": {
      if (breaker.state !== "trying") return breaker;
      return { ...breaker, state: "open", untilMs: event.atMs };
    }
    case "FAILED": {
      const failures = breaker.failures + 1;
      if (failures < bounds.failuresMax) return { state: "closed", failures };
      const restMs = Math.min(bounds.restMaxMs, bounds.restMs * 2 ** (failures - bounds.failuresMax));
      return { state: "open", failures, reason: event.reason, untilMs: event.atMs + restMs };
    }
  }
}

/** Whether a request may go through now. While one is being tried, others are not. */
export function mayAsk(breaker: Breaker, atMs: number): boolean {
  return breaker.state === "closed" || (breaker.state === "open" && breaker.untilMs <= atMs);
}
