/** What a proposal must show to hold, out of what it was asked for. Pure. */
import { wireOf } from "./draft.ts";
import type { Task } from "./gather.ts";
import type { Claim } from "./scratch.ts";
import type { Written } from "./writer.ts";

/** What a proposal for the task must show. */
export function claimOf(task: Task, written: Written): Claim {
  return {
    receiver: task.receiver,
    selector: task.selector,
    holder: task.holder,
    method: wireOf(written),
    examples: written.examples,
    effects: written.effects,
    message: task.message,
  };
}

/** Whether what is to be answered is the message that was not understood, or nothing. */
export function isItsOwn({ message, receiver, selector }: Task): boolean {
  return message === null || message.receiver === receiver && message.selector === selector;
}
