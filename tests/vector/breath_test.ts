/** The rest in the midst of long work: none before a millisecond of work, one after it. */
import { ok } from "node:assert/strict";
import { Breath } from "../../vector/breath.ts";

Deno.test("AR18 who has worked for a millisecond rests for a moment, and not again before the next", () => {
  const breath = new Breath();
  const took = (work: () => void) => {
    const began = performance.now();
    work();
    return performance.now() - began;
  };
  const workFor = (ms: number) => {
    for (const until = performance.now() + ms; performance.now() < until;);
  };
  // Of some tries the shortest: whoever else is on the machine only makes them longer.
  const rests = Array.from({ length: 20 }, () => {
    workFor(1.1);
    return took(() => breath.take());
  });
  ok(Math.min(...rests) >= 0.04, `rested for ${Math.min(...rests)} ms`);
  const goesOn = Array.from({ length: 20 }, () => {
    workFor(1.1);
    breath.take();
    return took(() => breath.take());
  });
  ok(Math.min(...goesOn) < 0.04, `rested for ${Math.min(...goesOn)} ms at once after a rest`);
});
