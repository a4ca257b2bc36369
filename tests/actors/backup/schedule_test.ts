import assert from "node:assert/strict";
import fc from "fast-check";
import {
  dueNow,
  isLate,
  nextBackupAt,
  nextDrillAt,
  type Scheduled,
} from "../../../actors/backup/schedule.ts";
import { readSettings } from "../../../actors/backup/settings.ts";
import type { Manifest } from "../../../kv/mod.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const now = Date.UTC(2026, 10, 27);

const link = (made: number) => ({ made }) as Manifest;
const drilled = (at: number, ok = true) => ({
  v: 1 as const,
  at,
  ok,
  message: "",
  chain: null,
  position: null,
  objects: 0,
  thoughts: 0,
  tookMs: 0,
});

const scheduled = (changes: Partial<Scheduled> = {}): Scheduled => ({
  settings: readSettings({}).settings,
  first: link(now - day),
  last: link(now - hour),
  drill: drilled(now - hour),
  startedAt: now - day,
  ...changes,
});

Deno.test("BK1 the first backup comes a quarter of an hour after an image was opened", () => {
  const none = scheduled({ first: null, last: null, drill: null, startedAt: now });
  assert.equal(nextBackupAt(none, now), now + 15 * minute);
  assert.equal(dueNow(none, now), null);
  assert.deepEqual(dueNow(none, now + 15 * minute), { what: "backup", full: true });
});

Deno.test("BK1 then daily incremental ones, and a full one when the chain is a week old", () => {
  assert.equal(nextBackupAt(scheduled(), now), now + 23 * hour);
  assert.deepEqual(dueNow(scheduled(), now + 23 * hour), { what: "backup", full: false });
  const old = scheduled({ first: link(now - 7 * day), last: link(now - day), startedAt: now - 8 * day });
  assert.deepEqual(dueNow(old, now), { what: "backup", full: true });
});

Deno.test("BK1 what was due while nothing ran comes half a minute after the opening", () => {
  const missed = scheduled({ last: link(now - 3 * day), startedAt: now });
  assert.equal(nextBackupAt(missed, now), now + 30_000);
});

Deno.test("BK1 a drill follows the first backup, then each week; one that failed is tried again the next day", () => {
  assert.equal(nextDrillAt(scheduled({ drill: null }), now), now - day + 15 * minute);
  assert.equal(nextDrillAt(scheduled({ first: null, last: null, drill: null }), now), null);
  assert.equal(nextDrillAt(scheduled(), now), now + 7 * day - hour);
  assert.equal(nextDrillAt(scheduled({ drill: drilled(now - hour, false) }), now), now + 23 * hour);
});

Deno.test("BK1 when switched off, nothing is due and nothing is late", () => {
  const off = scheduled({ settings: readSettings({ enabled: false }).settings, last: link(now - 99 * day) });
  assert.deepEqual([dueNow(off, now), nextBackupAt(off, now), nextDrillAt(off, now), isLate(off, now)], [
    null,
    null,
    null,
    false,
  ]);
});

Deno.test("BK1 wherever the clock is set, the next backup is at most an interval and a quarter of an hour away", () => {
  fc.assert(
    fc.property(fc.integer({ min: -400, max: 400 }), fc.integer({ min: 1, max: 100 }), (days, hours) => {
      const { settings } = readSettings({ interval_hours: hours });
      const shifted = now + days * day;
      const state = scheduled({ settings, startedAt: shifted });
      const next = nextBackupAt(state, shifted)!;
      assert.ok(
        next >= shifted && next <= shifted + settings.intervalMs + 15 * minute,
        String(next - shifted),
      );
      const drill = nextDrillAt(state, shifted)!;
      assert.ok(drill >= shifted && drill <= shifted + settings.drillEveryMs, String(drill - shifted));
    }),
  );
});

Deno.test("BK6 a backup is late when it is older than the interval and half of it", () => {
  assert.equal(isLate(scheduled({ last: link(now - 35 * hour) }), now), false);
  assert.equal(isLate(scheduled({ last: link(now - 37 * hour) }), now), true);
  assert.equal(isLate(scheduled({ first: null, last: null }), now), false);
});

Deno.test("BK2 a slot that cannot be a setting is not obeyed, and named", () => {
  const { settings, problems } = readSettings({ interval_hours: -1, keep_weeks: 8, folder: 7 });
  assert.deepEqual([settings.intervalMs, settings.keepMs, settings.folder], [day, 56 * day, ""]);
  assert.equal(problems.length, 2);
  assert.match(
    problems.join("; "),
    /backup_manager\.folder is not obeyed.*backup_manager\.interval_hours is not obeyed/,
  );
});
