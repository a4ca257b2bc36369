import assert from "node:assert/strict";
import { createActor, SimulatedClock } from "xstate";
import { UnavailableError } from "../../../actors/errors.ts";
import {
  RESTART_DELAY_MAX_MS,
  RESTART_DELAY_MS,
  type Service,
  STOP_WAIT_MS,
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

Deno.test("SY2 a part that is stopped while it is being started is put away when it has started", async () => {
  const happened: string[] = [];
  const starting = Promise.withResolvers<string>();
  const { part } = supervise<string>({
    name: "memory",
    start: () => starting.promise,
    stop: (handle) => void happened.push(`stop ${handle}`),
  });
  const stopped = part.stop().then(() => happened.push("stopped"));
  await settle();
  assert.deepEqual(happened, []);
  starting.resolve("late");
  await stopped;
  assert.deepEqual(happened, ["stop late", "stopped"]);
});

Deno.test("SY2 a part that fails while it is being started, or throws at once, is started again", async () => {
  const stopped: number[] = [];
  let starts = 0;
  const { clock, part } = supervise<number>({
    name: "memory",
    start: ({ fail }) => {
      if (++starts === 1) throw new Error("not even a promise");
      if (starts === 2) fail(new Error("broke at once"));
      return Promise.resolve(starts);
    },
    stop: (handle) => void stopped.push(handle),
  });
  await settle();
  assert.deepEqual([part.status.state, part.status.reason], ["backingOff", "not even a promise"]);
  clock.increment(RESTART_DELAY_MS);
  await settle();
  assert.deepEqual([part.status.state, part.status.reason], ["backingOff", "broke at once"]);
  assert.deepEqual(stopped, [2]);
  clock.increment(RESTART_DELAY_MS * 2);
  await settle();
  assert.equal(part.require(), 3);
  await part.stop();
});

Deno.test("SY2 a part that does not end is left behind after a bound", async () => {
  const { clock, part } = supervise<number>({
    name: "memory",
    start: () => Promise.resolve(1),
    stop: () => new Promise<void>(() => {}),
  });
  await settle();
  const stopped = part.stop();
  clock.increment(STOP_WAIT_MS);
  await stopped;
  assert.match(part.status.reason!, /did not end/);
});
