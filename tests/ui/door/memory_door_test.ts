import { MemoryDoor } from "../../support/memory_door.ts";
import { doorContract } from "./contract.ts";

doorContract("in memory", () => {
  const door = new MemoryDoor();
  return Promise.resolve({ door, close: () => door.close() });
});
