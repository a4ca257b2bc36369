/** A second look at a value that could not be what stands under its key. */
import type { Key } from "../keys.ts";
import type { Inspection } from "./inspection.ts";
import { oidOf } from "./key_facts.ts";

/** Reports a value whose form is wrong, if it still is, by what `meta` says by now. */
export async function recheckForm(inspection: Inspection, key: Key): Promise<void> {
  await inspection.each(["meta"], async (entry) => {
    const opened = await inspection.open(entry.key, entry.value);
    if ("value" in opened) inspection.forms.check(entry.key, opened.value);
  }, false);
  const [entry] = await inspection.snapshot([key]);
  if (entry === null) return;
  const opened = await inspection.open(key, entry!.value);
  if ("error" in opened) return;
  const oid = oidOf(key);
  const said = key[0] === "object"
    ? inspection.forms.object(oid ?? "", opened.value)
    : inspection.forms.check(key, opened.value);
  if (typeof said === "string") {
    inspection.report({
      kind: "wrong_form",
      key,
      oid,
      message: `${key.join("/")} is not what it must be: ${said}`,
    });
  }
}
