/**
 * What a machine needs around it to compute a state where no actor lives. XState's own `transition()` makes a whole
 * actor at each call for this, which costs seven times the transition. The actions of an object are assignments
 * alone, which neither read nor use it, so that one serves every object.
 */
import { createActor } from "xstate";
import { type ObjectContext, objectMachine } from "./object_machine.ts";

type Scope = Parameters<typeof objectMachine.transition>[2];

const nobody: ObjectContext = { oid: "", name: null, parents: [], slots: {}, createdAt: 0, reason: null };
const nothing = () => {};

export const inertScope: Scope = makeInertScope();

function makeInertScope(): Scope {
  const self = createActor(objectMachine, { input: nobody });
  return {
    self,
    system: self.system,
    id: "",
    sessionId: "",
    logger: nothing,
    defer: nothing,
    stopChild: nothing,
    emit: nothing,
    actionExecutor: nothing,
  };
}
