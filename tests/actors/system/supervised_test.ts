import assert from "node:assert/strict";
import { createActor, SimulatedClock } from "xstate";
import { UnavailableError } from "../../../actors/errors.ts";
import {
  RESTART_DELAY_MAX_MS,
  RESTART_DELAY_MS,
  type Service,
  Supervised,
  supervisedMachine,
} from "../../../actors/system/mod.ts";

function supervise<Handle>(service: Service<Handle>) {
  const clock = new SimulatedClock();
  const actor = createActor(supervisedMachine(service), { clock });
  const part = new Supervised<Handle>(service.name, actor, () => {});
  actor.start();
  return { clock, part };
}

/** Lets promises that are already settled run on. */
async function settle() {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

Deno.test("SY2 a part that cannot start is tried again after a wait that doubles, with its reason visible", async () => {
  let starts = 0;
  const { clock, part } = supervise({
    name: "memory",
    start: () => Promise.reject(new Error(`no disk, try ${++starts}`)),
    stop: () => {},
  });
  for (
    let wait = RESTART_DELAY_MS, tries = 1;
    tries < 10;
    wait = Math.min(wait * 2, RESTART_DELAY_MAX_MS), tries++
  ) {
    await settle();
    assert.equal(part.status.state, "backingOff");
    assert.equal(part.status.reason, `no disk, try ${tries}`);
    assert.throws(
      () => part.require(),
      (error) => error instanceof UnavailableError && error.retryable && /no disk/.test(error.message),
    );
    clock.increment(wait - 1);
    await settle();
    assert.equal(starts, tries);
    clock.increment(1);
  }
});

Deno.test("SY2 a part that fails later is put away before it is started again", async () => {
  const happened: string[] = [];
  const { clock, part } = supervise({
    name: "memory",
    start: () => {
      happened.push("start");
      return Promise.resolve(happened.length);
    },
    stop: (handle) => {
      happened.push(`stop ${handle}`);
    },
  });
  await settle();
  assert.equal(part.require(), 1);
  part.fail(new Error("torn"));
  await settle();
  assert.equal(part.handle, null);
  clock.increment(RESTART_DELAY_MS);
  await settle();
  assert.deepEqual(happened, ["start", "stop 1", "start"]);
  assert.deepEqual({ ...part.status }, { name: "memory", state: "running", restarts: 1, reason: "torn" });
  await part.stop();
  assert.deepEqual(happened, ["start", "stop 1", "start", "stop 3"]);
  assert.equal(part.status.state, "stopped");
});
