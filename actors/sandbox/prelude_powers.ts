/**
 * Takes away what a program has only when it is granted: the time, chance, and what tells when memory is collected.
 * Handed over as text with the prelude. In the place of each stands a sentence that says what is missing.
 */
export function preludePowers(granted: { readonly clock: boolean; readonly random: boolean }): void {
  const { defineProperty } = Object;
  const makeError = Error;
  const forbid = (target: object, key: string, effect: string): void => {
    const refuse = (): never => {
      throw new makeError(`${key} is not available: the effect "${effect}" was not granted to this method`);
    };
    defineProperty(target, key, { get: refuse, set: refuse, enumerable: false, configurable: false });
  };
  if (!granted.clock) {
    Reflect.deleteProperty(globalThis, "Date");
    forbid(globalThis, "Date", "clock");
    forbid(globalThis, "performance", "clock");
  }
  if (!granted.random) {
    Reflect.deleteProperty(Math, "random");
    forbid(Math, "random", "random");
  }
  for (const name of ["WeakRef", "FinalizationRegistry", "SharedArrayBuffer"]) {
    Reflect.deleteProperty(globalThis, name);
  }
}
