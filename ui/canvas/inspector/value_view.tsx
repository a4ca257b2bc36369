/** A value as it is read: text plainly, JSON in its colours' simplest form, references to be clicked. */
import type { WireValue } from "../../protocol.ts";
import { VALUE_PREVIEW_MAX } from "../limits.ts";
import { nameIn } from "../model/morphs.ts";
import { previewOf, referenceOf } from "../model/slot_text.ts";
import { useApp } from "../state/app.ts";

export function ValueView({ value, whole = false }: { value: WireValue; whole?: boolean }) {
  const { show, store } = useApp();
  const reference = referenceOf(value);
  if (reference !== null) {
    const name = store.names.value.get(reference) ?? nameIn(store.scene.value, reference);
    return (
      <button
        type="button"
        class="chip reference"
        title={reference}
        onClick={(event) => {
          event.stopPropagation();
          show(reference);
        }}
      >
        → {name}
      </button>
    );
  }
  const type = value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
  const text = whole && typeof value !== "string"
    ? JSON.stringify(value, null, 2)
    : previewOf(value, whole ? Infinity : VALUE_PREVIEW_MAX);
  return <span class={`value value-${type}`}>{text === "" ? "empty text" : text}</span>;
}
