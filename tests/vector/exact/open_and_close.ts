/** A program that opens an exact index, searches it, closes it, and has nothing more to do. */
import { equal } from "node:assert/strict";
import { startIndex } from "./fixture.ts";

const index = await startIndex(2);
await index.add(["a"], Float32Array.of(1, 0));
equal((await index.search(Float32Array.of(1, 0), 1))[0]?.id, "a");
index.close();
