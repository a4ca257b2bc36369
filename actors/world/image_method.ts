/**
 * Runs a method that is written in the image: in the sandbox, on a scratch copy, inside one thought. The program
 * sees objects as data and answers with intents; each intent is checked here before it becomes an event.
 */
import { ArgumentError, SlotError } from "../errors.ts";
import { checkSlotName, dataSlot, linearize, lookup, type ObjectContext, type Slot } from "../object/mod.ts";
import type { Intent, SandboxAnswer, SandboxCall, SandboxHost, SandboxObject } from "../sandbox/mod.ts";
import { answerToWire, type NativeTable } from "./receiver.ts";
import { nativeNamed, ThoughtScope } from "./scopes.ts";
import { isOid } from "./structure.ts";
import type { WorldTransaction } from "./transaction.ts";

/** The door of the sandbox, as the world needs it. */
export interface ImageMethodRunner {
  run(call: SandboxCall, host: SandboxHost, signal?: AbortSignal): Promise<SandboxAnswer>;
}

export interface ImageMethodCall {
  readonly tx: WorldTransaction;
  readonly natives: NativeTable;
  readonly runner: ImageMethodRunner;
  readonly oid: string;
  readonly selector: string;
  readonly args: readonly unknown[];
  readonly signal?: AbortSignal | undefined;
}

/** @returns what the method answers, as JSON; its intents are staged in the thought */
export async function runImageMethod(call: ImageMethodCall): Promise<unknown> {
  const { tx } = call;
  await tx.require(call.oid);
  const chain = await tx.look((contextOf) => linearize(call.oid, contextOf));
  let staged = 0;
  const stage = async (intents: readonly Intent[]): Promise<void> => {
    for (const intent of intents.slice(staged)) await stageIntent(tx, intent);
    staged = intents.length;
  };
  const host: SandboxHost = {
    read: async (oid) => {
      if (!isOid(oid)) return null;
      const context = await tx.read(oid);
      return context === null ? null : toSandbox(context);
    },
    native: async (request) => {
      await stage(request.intents);
      const before = new Map([...tx.drafts].map(([oid, draft]) => [oid, draft.snapshot]));
      const native = nativeNamed(call.natives, request.native);
      const scope = new ThoughtScope(tx, call.natives);
      const found = { holder: request.holder, slot: { kind: "native", native: request.native } as const };
      await tx.require(request.receiver);
      const value = await tx.run(() =>
        scope.answer(request.receiver, request.selector, found, request.arguments)
      );
      const changed = native.effect !== "write"
        ? []
        : [...tx.drafts.values()].flatMap((draft) =>
          draft.snapshot !== null && draft.snapshot !== before.get(draft.oid)
            ? [toSandbox(draft.snapshot.context)]
            : []
        );
      return { value: dataOf(request.selector, answerToWire(value)), changed };
    },
  };
  const found = await tx.look((contextOf) => lookup(call.oid, call.selector, contextOf));
  const effects = found?.slot.kind === "method" ? found.slot.effects : undefined;
  const result = await call.runner.run(
    {
      receiver: call.oid,
      selector: call.selector,
      arguments: call.args.map((argument) => dataOf(call.selector, argument)),
      objects: chain.map((oid) => toSandbox(tx.contextOf(oid)!)),
      effects,
      grants: (effects ?? []).filter((effect) => effect === "clock" || effect === "random"),
    },
    host,
    call.signal,
  );
  await stage(result.intents);
  return result.value;
}

function dataOf(selector: string, value: unknown) {
  const slot = dataSlot(selector, value);
  return (slot as Extract<Slot, { kind: "data" }>).value;
}

/** An intent may only touch an object that exists, a slot with a good name, and a value that can be stored. */
async function stageIntent(tx: WorldTransaction, intent: Intent): Promise<void> {
  if (!isOid(intent.oid)) {
    throw new ArgumentError(
      `A method tried to change "${intent.oid}", which is no object`,
      "Change the method.",
    );
  }
  await tx.require(intent.oid);
  checkSlotName(intent.slot);
  if (intent.kind === "remove_slot") tx.stage(intent.oid, { type: "SLOT_REMOVED", slot: intent.slot });
  else tx.stage(intent.oid, { type: "SLOT_SET", slot: intent.slot, value: await intentSlot(tx, intent) });
}

async function intentSlot(
  tx: WorldTransaction,
  intent: Extract<Intent, { kind: "set_slot" }>,
): Promise<Slot> {
  const { slot, value } = intent;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return dataSlot(slot, value);
  if (Object.keys(value).length === 1 && typeof value.$ref === "string") {
    await tx.require(value.$ref);
    return { kind: "reference", oid: value.$ref };
  }
  if ("$method" in value || "$native" in value) {
    throw new SlotError(slot, "a method of the image may not write methods");
  }
  return dataSlot(slot, value);
}

function toSandbox(context: ObjectContext): SandboxObject {
  const slots: SandboxObject["slots"] = {};
  for (const [name, slot] of Object.entries(context.slots)) {
    if (slot.kind !== "method") slots[name] = slot;
    else {
      const { source, effects } = slot;
      slots[name] = { kind: "method", source, ...(effects === undefined ? {} : { effects }) };
    }
  }
  return {
    oid: context.oid,
    name: context.name,
    parents: [...context.parents],
    slots,
    position: null,
  };
}
