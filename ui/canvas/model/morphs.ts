/** How an object is drawn: its title, its kind, its size, and the lines to its parents. Pure. */
import type { ObjectSummary } from "../../protocol.ts";
import type { Rect } from "./geometry.ts";
import { objectOf, type Place, type Scene, standing } from "./scene.ts";

export type Kind = "persona" | "memory" | "message" | "system" | "concept" | "plain";

export interface Morph extends Rect {
  readonly oid: string;
  readonly title: string;
  readonly caption: string;
  /** The parents' names, for the small line above. */
  readonly lineage: string;
  readonly kind: Kind;
  readonly quarantined: boolean;
  readonly prototype: boolean;
  readonly parents: readonly string[];
  /** Objects without a name show their caption as title, in another weight. */
  readonly named: boolean;
}

export interface Link {
  readonly from: string;
  readonly to: string;
}

const SIZES: Readonly<Record<Kind, readonly [width: number, height: number]>> = {
  persona: [232, 120],
  memory: [232, 116],
  message: [232, 116],
  concept: [232, 116],
  system: [232, 116],
  plain: [232, 116],
};

export function kindOf(look: string): Kind {
  const word = look.replace(/_morph$/, "");
  return word === "persona" || word === "memory" || word === "message" || word === "system" ||
      word === "concept"
    ? word
    : "plain";
}

/** The name, else the beginning of what it says, else the end of its oid. */
export function titleOf(object: Pick<ObjectSummary, "name" | "caption" | "oid">): string {
  return object.name ?? (object.caption !== "" ? clip(object.caption, 48) : `…${object.oid.slice(-6)}`);
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).trimEnd()}…`;
}

export function toMorph(object: ObjectSummary, place: Place, nameOf: (oid: string) => string): Morph {
  const kind = kindOf(object.look);
  const [width, height] = SIZES[kind];
  return {
    oid: object.oid,
    x: place.x,
    y: place.y,
    width: place.width ?? width,
    height: place.height ?? height,
    title: titleOf(object),
    caption: object.name === null ? "" : object.caption,
    lineage: object.parents.map(nameOf).join(", "),
    kind,
    quarantined: object.state === "quarantined",
    prototype: /_prototype$|_morph$/.test(object.name ?? ""),
    parents: object.parents,
    named: object.name !== null,
  };
}

/** The name of an object by which a person knows it, whatever is known of it. */
export function nameIn(scene: Scene, oid: string): string {
  const object = objectOf(scene, oid);
  return object === null ? `…${oid.slice(-6)}` : titleOf(object);
}

/** Everything that stands on the canvas, with moves that the image has not acknowledged yet. */
export function morphsOf(scene: Scene, pending: ReadonlyMap<string, Place>): Map<string, Morph> {
  const morphs = new Map<string, Morph>();
  for (const { object, place } of standing(scene)) {
    morphs.set(object.oid, toMorph(object, pending.get(object.oid) ?? place, (oid) => nameIn(scene, oid)));
  }
  return morphs;
}

/** The lines from parents to children among those that stand on the canvas. */
export function linksOf(morphs: ReadonlyMap<string, Morph>): Link[] {
  const links: Link[] = [];
  for (const { oid, parents } of morphs.values()) {
    for (const parent of parents) if (morphs.has(parent)) links.push({ from: parent, to: oid });
  }
  return links;
}

/** The lines that say what an object is made of and what is made of it. */
export function linksAbout(links: readonly Link[], oid: string): Link[] {
  const up = new Map<string, Link[]>();
  for (const link of links) up.set(link.to, [...(up.get(link.to) ?? []), link]);
  const found = new Set<Link>(links.filter(({ from }) => from === oid));
  const seen = new Set<string>();
  const climb = (each: string) => {
    if (seen.has(each)) return;
    seen.add(each);
    for (const link of up.get(each) ?? []) {
      found.add(link);
      climb(link.from);
    }
  };
  climb(oid);
  return [...found];
}
