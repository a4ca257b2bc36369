/** The worker of the exact index, but for a search for 999 neighbours, at which it breaks as a bug in it would. */
import "../../../vector/exact/worker.ts";

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<{ type: string; k?: number }>) => void;
};
const serve = scope.onmessage;
scope.onmessage = (event) => {
  if (event.data.k === 999) throw new Error("broken on purpose");
  serve(event);
};
