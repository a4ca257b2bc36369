import { RemoteDoor } from "../../../ui/door/mod.ts";
import { serve } from "../../support/served_door.ts";
import { doorContract } from "./contract.ts";

doorContract("through a server", async () => {
  const served = await serve();
  const door = new RemoteDoor({ url: served.url, token: served.server.token });
  return {
    door,
    close: async () => {
      await door.close();
      await served[Symbol.asyncDispose]();
    },
  };
});
