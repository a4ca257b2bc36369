import { openTestImage } from "../../support/image.ts";
import { doorContract } from "./contract.ts";

doorContract("in this process", async () => {
  const test = await openTestImage();
  return { door: test.door, close: async () => await test[Symbol.asyncDispose]() };
});
