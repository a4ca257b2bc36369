import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a program that rewrites the built-ins for whoever comes next",
  source: `(self) => {
    Object.prototype.toJSON = () => 'stolen';
    Array.prototype.push = () => { throw new Error('stolen'); };
    Array.prototype[Symbol.iterator] = function* () { yield 'stolen'; };
    Object.defineProperty(Array.prototype, 0, { set() {}, get() { return 'stolen'; } });
    JSON.stringify = () => '"stolen"';
    Map.prototype.get = WeakMap.prototype.get = Reflect.apply = () => 'stolen';
    self.set('count', 2);
    return self.get('items');
  }`,
  next: {
    source: `(self) => [{}.toJSON === undefined, [4].concat(5), JSON.stringify([...[6]]), self.get("count")]`,
    value: [true, [4, 5], "[6]", 1],
  },
  expect: { value: [1, 2, 3] },
};
