/** The worker of the exact index, but for a search for 999 neighbours, at which it breaks as a bug in it would. */
import "../../../vector/exact/worker.ts";
import { ExactRows } from "../../../vector/exact/exact_rows.ts";

const search = ExactRows.prototype.search;
ExactRows.prototype.search = function (query, k) {
  if (k === 999) throw new Error("broken on purpose");
  return search.call(this, query, k);
};
