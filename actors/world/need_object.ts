/** The signal by which synchronous code says that an object is not in memory. */

/** Thrown by a scope when an object is not in memory. Who catches it reads the object and runs the code again. */
export class NeedObject extends Error {
  readonly oid: string;
  constructor(oid: string) {
    super(`Object ${oid} must be read first`);
    this.name = "NeedObject";
    this.oid = oid;
  }
}
