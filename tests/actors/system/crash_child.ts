/**
 * The process that is killed: opens the image in the folder it is given and lets four writers change it in every way
 * at once, without end, or with `broods` in large thoughts alone. Each line on standard output is one thought that was
 * acknowledged.
 */
import { v7 as uuidv7 } from "uuid";
import { crashHook, LivingImage } from "../../../actors/system/mod.ts";
import { create, setSlot } from "../../../actors/world/mod.ts";
import { LocalDoor } from "../../../ui/door/mod.ts";
import type { ObjectView } from "../../../ui/protocol.ts";
import { imageOptions } from "../../support/image.ts";
import { randomFrom } from "../../support/random.ts";

/** What is acknowledged: the thought, and what must be found of it later. */
export type Acknowledged =
  | { readonly ready: true }
  | {
    readonly writer: string;
    readonly step: number;
    readonly position: string;
    readonly what:
      | "made"
      | "set"
      | "pair"
      | "renamed"
      | "moved"
      | "deleted"
      | "brood"
      | "remembered"
      | "sent"
      | "undone";
    readonly oid: string;
    readonly value: number | string | null;
  };

/** Objects that one large thought makes: more than one atomic operation of the store can carry. */
export const BROOD = 600;

function say(line: Acknowledged): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(line)}\n`));
}

async function write(
  image: LivingImage,
  door: LocalDoor,
  writer: string,
  random: () => number,
): Promise<never> {
  const info = { who: writer, why: "a test" };
  const made = async (command: Parameters<LocalDoor["command"]>[0]) => {
    const { position, result } = await door.command(command, { who: writer });
    return { position, oid: (result as ObjectView).oid };
  };
  const home = await made({ command: "EXTEND", object: "counter", name: writer });
  say({ writer, step: 0, what: "made", value: writer, ...home });
  const twin = await made({ command: "EXTEND", object: writer, name: `${writer} twin` });
  for (let step = 1;; step++) {
    const dice = random();
    const tell = (
      what: Exclude<Acknowledged, { ready: true }>["what"],
      rest: { position: string; oid: string },
      value: number | string | null = step,
    ) => say({ writer, step, what, value, oid: rest.oid, position: rest.position });
    if (dice < 0.3) {
      tell("set", await made({ command: "SET_SLOT", object: home.oid, slot: "step", value: step }));
    } else if (dice < 0.5) {
      const { position } = await image.world.thought(info, async (tx) => {
        await setSlot(tx, home.oid, "pair", step);
        await setSlot(tx, twin.oid, "pair", step);
      });
      tell("pair", { position, oid: home.oid });
    } else if (dice < 0.6) {
      const name = `${writer} at ${step}`;
      tell("renamed", await made({ command: "RENAME", object: twin.oid, name }), name);
    } else if (dice < 0.7) {
      tell("moved", await made({ command: "MOVE_MORPH", object: home.oid, x: step, y: -step }));
    } else if (dice < 0.8) {
      const copy = await made({ command: "CLONE", object: home.oid });
      tell("made", copy, null);
      const gone = await door.command({ command: "DELETE", object: copy.oid });
      tell("deleted", { position: gone.position, oid: copy.oid });
    } else if (dice < 0.88) {
      const text = `${writer} remembers step ${step}`;
      tell("remembered", await made({ command: "REMEMBER", text }), text);
    } else if (dice < 0.94) {
      const sent = await door.command({ command: "SEND", receiver: home.oid, selector: "increment" });
      tell("sent", { position: sent.position, oid: home.oid }, sent.result as number);
    } else if (dice < 0.97) {
      const changed = await made({ command: "SET_SLOT", object: home.oid, slot: "whim", value: step });
      await door.command({ command: "UNDO", position: changed.position });
      tell("undone", changed);
    } else {
      const oids = Array.from({ length: BROOD }, () => uuidv7());
      const parent = uuidv7();
      const { position } = await image.world.thought(info, async (tx) => {
        await create(tx, { oid: parent, at: 1 }, { name: null, parents: [], slots: {} });
        for (const oid of oids) {
          await create(tx, { oid, at: 1 }, { name: null, parents: [parent], slots: {} });
        }
      });
      tell("brood", { position, oid: parent }, BROOD);
    }
  }
}

if (import.meta.main) {
  const [folder, run, seed, only] = Deno.args as [string, string, string, string?];
  const crash = crashHook(Deno.env.toObject());
  const image = await LivingImage.open({
    ...imageOptions(folder),
    ...(crash === undefined ? {} : { crash }),
  });
  const door = new LocalDoor(image);
  say({ ready: true });
  await Promise.all(
    Array.from(
      { length: 4 },
      (_, n) =>
        write(
          image,
          door,
          `run ${run} writer ${n}`,
          only === "broods" ? () => 0.99 : randomFrom(Number(seed) + n),
        ),
    ),
  );
}
