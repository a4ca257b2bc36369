import { ok, rejects } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { Pacer } from "../../../actors/memory/pacer.ts";

/** A timer may fire this much early, milliseconds: it counts whole ones. */
const TIMER_EARLY_MS = 2;

Deno.test("ME72 a rest is no shorter than the work before it", async () => {
  const pacer = new Pacer();
  for (const workMs of [30, 10]) {
    const began = performance.now();
    pacer.begin();
    await pause(workMs);
    const worked = performance.now() - began;
    const rest = performance.now();
    await pacer.rest();
    const rested = performance.now() - rest;
    ok(rested >= worked - TIMER_EARLY_MS, `it rested ${rested} ms after ${worked} ms of work`);
  }
});

Deno.test("ME72 work that is told to stop stops after its rest, with the reason", async () => {
  const stop = new AbortController();
  const pacer = new Pacer();
  const rest = pacer.rest(stop.signal);
  stop.abort(new Error("it is closing"));
  await rejects(rest, /it is closing/);
});
