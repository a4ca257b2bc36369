/** What differs between two points: each object with its slots before and after, texts and methods line by line. */
import type { DiffView as Diff } from "../../protocol.ts";
import { ValueView } from "../inspector/value_view.tsx";
import { DIFF_LINES_SHOWN_MAX } from "../limits.ts";
import { useApp } from "../state/app.ts";

type ObjectDiff = Diff["objects"][number];
type SlotDiff = ObjectDiff["slots"][number];

const MARKS = { same: " ", added: "+", removed: "−" } as const;

export function DiffView({ diff }: { diff: Diff }) {
  const { objects, places, more } = diff;
  const moved = places.filter(({ oid }) => !objects.some((object) => object.oid === oid));
  if (objects.length === 0 && moved.length === 0) return <p class="muted">No object differs.</p>;
  return (
    <div class="diff">
      {objects.map((object) => <ObjectChange key={object.oid} object={object} diff={diff} />)}
      {moved.map(({ canvas, oid, before, after }) => (
        <div key={`${canvas} ${oid}`} class="diff-object">
          <ObjectName oid={oid} name={diff.names[oid] ?? null} />
          <span class="muted">{inWords(before)} → {inWords(after)}</span>
        </div>
      ))}
      {more > 0 ? <p class="muted">and {more} more</p> : null}
    </div>
  );
}

function inWords(place: { x: number; y: number } | null): string {
  return place === null ? "not on the canvas" : `${Math.round(place.x)}, ${Math.round(place.y)}`;
}

function ObjectName({ oid, name }: { oid: string; name: string | null }) {
  const { show } = useApp();
  return <button type="button" class="chip" onClick={() => show(oid)}>{name ?? `…${oid.slice(-6)}`}</button>;
}

function ObjectChange({ object, diff }: { object: ObjectDiff; diff: Diff }) {
  const { oid, name, change, renamed, parents, slots } = object;
  const named = (list: readonly string[]) =>
    list.map((each) => diff.names[each] ?? `…${each.slice(-6)}`).join(", ") || "none";
  return (
    <div class="diff-object">
      <div class="diff-head">
        <ObjectName oid={oid} name={name} />
        <span class={`tag diff-${change}`}>{change}</span>
      </div>
      <dl class="diff-slots">
        {renamed === undefined ? null : (
          <Change slot="name">
            <del>{renamed.before ?? "none"}</del> <ins>{renamed.after ?? "none"}</ins>
          </Change>
        )}
        {parents === undefined ? null : (
          <Change slot="parents">
            <del>{named(parents.before)}</del> <ins>{named(parents.after)}</ins>
          </Change>
        )}
        {slots.map((slot) => (
          <Change key={slot.slot} slot={slot.slot}>
            <Sides change={slot} />
          </Change>
        ))}
      </dl>
    </div>
  );
}

function Change({ slot, children }: { slot: string; children: preact.ComponentChildren }) {
  return (
    <>
      <dt>{slot}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Sides({ change: { before, after, hunks } }: { change: SlotDiff }) {
  if (hunks !== undefined) return <Lines hunks={hunks} />;
  return (
    <>
      {before === undefined ? null : (
        <del>
          <ValueView value={before} />
        </del>
      )}
      {after === undefined ? null : (
        <ins>
          <ValueView value={after} />
        </ins>
      )}
    </>
  );
}

function Lines({ hunks }: { hunks: NonNullable<SlotDiff["hunks"]> }) {
  const lines = hunks.flatMap((hunk, n) => [
    ...(n === 0 ? [] : [{ kind: "same" as const, text: "⋯" }]),
    ...hunk.lines,
  ]);
  const left = lines.length - DIFF_LINES_SHOWN_MAX;
  return (
    <pre class="diff-lines" tabIndex={0} aria-label="Lines that differ">
      {lines.slice(0, DIFF_LINES_SHOWN_MAX).map(({ kind, text }, n) => (
        <div key={n} class={`diff-line ${kind}`}>{MARKS[kind]} {text}</div>
      ))}
      {left > 0 ? <div class="diff-line muted">and {left} more lines</div> : null}
    </pre>
  );
}
