import { deepStrictEqual as equal } from "node:assert/strict";
import { embedThreads } from "../../../vector/embedding/threads.ts";

Deno.test("VE29 the model takes a quarter of the cores, one at least and four at most", () => {
  equal([1, 2, 4, 7, 8, 12, 16, 64].map(embedThreads), [1, 1, 1, 1, 2, 3, 4, 4]);
});
