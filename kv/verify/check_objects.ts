/**
 * Objects, and the two indexes that are made from them: names and children. The indexes are read first and kept as
 * fingerprints; each object marks those that it accounts for; what is unmarked at the end leads nowhere.
 */
import { CorruptError } from "../errors.ts";
import { encodeKey, type Key, keys } from "../keys.ts";
import type { Thought } from "../thought.ts";
import { Ancestry } from "./ancestry.ts";
import { Fingerprints } from "./fingerprints.ts";
import type { Inspection } from "./inspection.ts";
import { oidOf, stampOrder } from "./key_facts.ts";
import type { ObjectFacts } from "./options.ts";
import { recheckForm } from "./recheck_form.ts";
import { removeEntry, writeEntry } from "./repair.ts";
import type { Scanned } from "./scan.ts";

export async function checkObjects(inspection: Inspection): Promise<void> {
  await new ObjectCheck(inspection).run();
}

/** What stands under a child's key: that it is there is all that it says. */
const childValue = true;

class ObjectCheck {
  readonly #inspection: Inspection;
  readonly #names = new Fingerprints();
  readonly #children = new Fingerprints();
  /** Index entries that do not read: few, or the image is lost anyway. */
  readonly #faulty = new Map<string, Key>();
  readonly #ancestry: Ancestry;

  constructor(inspection: Inspection) {
    this.#inspection = inspection;
    this.#ancestry = new Ancestry(inspection);
  }

  async run(): Promise<void> {
    await this.#readIndexes();
    this.#inspection.begin("objects");
    await this.#inspection.each(keys.objects(), (entry) => this.#checkObject(entry));
    await this.#checkUnmarked();
  }

  async #readIndexes(): Promise<void> {
    const inspection = this.#inspection;
    inspection.begin("names");
    await inspection.each(["name"], async (entry) => {
      inspection.count("name");
      const oid = await this.#namedOid(entry);
      if (oid === null) this.#faulty.set(encodeKey(entry.key), entry.key);
      else this.#names.add(pair(entry.key[1], oid));
    });
    inspection.begin("children");
    await inspection.each(["child"], async (entry) => {
      inspection.count("child");
      const text = encodeKey(entry.key);
      if (await this.#isChild(entry)) this.#children.add(text);
      else this.#faulty.set(text, entry.key);
    });
  }

  async #isChild({ key, value }: Scanned): Promise<boolean> {
    return key.length === 3 && "value" in await this.#inspection.open(key, value);
  }

  async #namedOid({ key, value }: Scanned): Promise<string | null> {
    const opened = await this.#inspection.open(key, value);
    return "value" in opened && typeof opened.value === "string" && key.length === 2 ? opened.value : null;
  }

  async #checkObject(entry: Scanned): Promise<void> {
    const inspection = this.#inspection;
    const { key, versionstamp } = entry;
    inspection.count("object");
    inspection.live.add(encodeKey(key), stampOrder(versionstamp));
    const oid = oidOf(key);
    if (oid === null || key.length !== 2) {
      inspection.report({ kind: "wrong_form", key, message: "An object's key must be [object, oid]" });
      return;
    }
    const opened = await inspection.openMet(entry);
    if ("error" in opened) return;
    const facts = inspection.forms.object(oid, opened.value);
    if (typeof facts === "string") return await recheckForm(inspection, key);
    await this.#checkFacts(oid, facts);
  }

  async #checkFacts(oid: string, { name, parents }: ObjectFacts): Promise<void> {
    const inspection = this.#inspection;
    if (name !== null && !this.#names.mark(pair(name, oid))) {
      await inspection.doubt(keys.name(name), () => this.#doubtName(oid, name));
    }
    for (const parent of parents) {
      const key = keys.child(parent, oid);
      if (this.#children.mark(encodeKey(key))) continue;
      await inspection.doubt(key, () => this.#doubtChild(oid, parent));
    }
    await this.#ancestry.check(oid, parents);
  }

  /** An object has a name that did not lead to it. */
  async #doubtName(oid: string, name: string): Promise<void> {
    const inspection = this.#inspection;
    const key = keys.name(name);
    const [object, entry] = await inspection.snapshot([keys.object(oid), key]);
    const facts = await inspection.factsOf(oid, object!);
    this.#faulty.delete(encodeKey(key));
    if (!facts || facts.name !== name) return;
    const led = entry === null ? null : await this.#namedOid(entry!);
    if (led === oid) return;
    const other = led === null ? null : await this.#factsNow(led);
    const message = led === null
      ? `The name "${name}" of object ${oid} is not in the index of names, or does not read there`
      : `The name "${name}" of object ${oid} leads to ${led}`;
    // Two objects that both say they have the name: which of them is right, only a person can tell.
    const taken = other === undefined || other?.name === name;
    inspection.report({
      kind: "name_missing",
      key,
      oid,
      message,
      ...(taken ? {} : {
        repair: (port) =>
          writeEntry(port, key, oid, async (thought) => {
            if ((await this.#factsIn(thought, oid))?.name !== name) return false;
            const now = await readOrNull(thought, key);
            return now !== oid &&
              (typeof now !== "string" || (await this.#factsIn(thought, now))?.name !== name);
          }),
      }),
    });
  }

  /** An object has a parent whose index of children did not hold it. */
  async #doubtChild(oid: string, parent: string): Promise<void> {
    const inspection = this.#inspection;
    const key = keys.child(parent, oid);
    const [object, entry] = await inspection.snapshot([keys.object(oid), key]);
    const facts = await inspection.factsOf(oid, object!);
    this.#faulty.delete(encodeKey(key));
    if (!facts?.parents.includes(parent) || entry !== null && await this.#isChild(entry!)) return;
    inspection.report({
      kind: "child_missing",
      key,
      oid,
      message:
        `Object ${oid} has the parent ${parent}, whose index of children does not hold it, or not legibly`,
      repair: (port) =>
        writeEntry(port, key, childValue, async (thought) => {
          const now = await this.#factsIn(thought, oid);
          return (now?.parents.includes(parent) ?? false) && (await readOrNull(thought, key)) === null;
        }),
    });
  }

  async #checkUnmarked(): Promise<void> {
    const inspection = this.#inspection;
    for (const key of this.#faulty.values()) {
      await (key[0] === "name" ? this.#doubtNameEntry(key) : this.#doubtChildEntry(key));
    }
    if (this.#names.unmarked > 0) {
      await inspection.each(["name"], async (entry) => {
        const oid = await this.#namedOid(entry);
        const text = pair(entry.key[1], oid ?? "");
        if (!this.#names.has(text) || this.#names.isMarked(text)) return;
        await inspection.doubt(entry.key, () => this.#doubtNameEntry(entry.key));
      }, false);
    }
    if (this.#children.unmarked > 0) {
      await inspection.each(["child"], async ({ key }) => {
        const text = encodeKey(key);
        if (!this.#children.has(text) || this.#children.isMarked(text)) return;
        await inspection.doubt(key, () => this.#doubtChildEntry(key));
      }, false);
    }
  }

  /** A name for which no object was met. */
  async #doubtNameEntry(key: Key): Promise<void> {
    const inspection = this.#inspection;
    const [entry] = await inspection.snapshot([key]);
    if (entry === null) return;
    const oid = await this.#namedOid(entry!);
    const facts = oid === null ? null : await this.#factsNow(oid);
    // An object that does not read may well have this name.
    if (facts === undefined || facts?.name === key[1]) return;
    const message = oid === null
      ? `The name ${JSON.stringify(key[1])} does not read, and no object has it`
      : `The name ${JSON.stringify(key[1])} leads to ${oid}, which ${
        facts === null ? "is not there" : "does not have it"
      }`;
    inspection.report({
      kind: "name_dangling",
      key,
      oid,
      message,
      repair: (port) =>
        removeEntry(port, key, async (thought) => {
          const now = await readOrNull(thought, key);
          if (typeof now !== "string") return true;
          const said = await this.#factsIn(thought, now);
          return said !== undefined && said?.name !== key[1];
        }),
    });
  }

  /** A child for which no object was met. */
  async #doubtChildEntry(key: Key): Promise<void> {
    const inspection = this.#inspection;
    const [, parent, oid] = key as [string, string, string];
    const [entry, object] = await inspection.snapshot([key, keys.object(oid)]);
    if (entry === null) return;
    const facts = await inspection.factsOf(oid, object!);
    if (facts === undefined || facts?.parents.includes(parent)) return;
    inspection.report({
      kind: "child_dangling",
      key,
      oid,
      message: `The children of ${parent} hold ${oid}, which ${
        facts === null ? "is not there" : "does not have it as parent"
      }`,
      repair: (port) =>
        removeEntry(port, key, async (thought) => {
          const now = await this.#factsIn(thought, oid);
          return now !== undefined && !now?.parents.includes(parent);
        }),
    });
  }

  async #factsNow(oid: string): Promise<ObjectFacts | null | undefined> {
    const [object] = await this.#inspection.snapshot([keys.object(oid)]);
    return await this.#inspection.factsOf(oid, object!);
  }

  /** As a thought reads it: null when the object is gone, undefined when it does not read. */
  async #factsIn(thought: Thought, oid: string): Promise<ObjectFacts | null | undefined> {
    try {
      const value = await thought.get<unknown>(keys.object(oid));
      if (value === null) return null;
      const facts = this.#inspection.forms.object(oid, value);
      return typeof facts === "string" ? undefined : facts;
    } catch (error) {
      if (error instanceof CorruptError) return undefined;
      throw error;
    }
  }
}

async function readOrNull(thought: Thought, key: Key): Promise<unknown> {
  try {
    return await thought.get<unknown>(key);
  } catch (error) {
    if (error instanceof CorruptError) return null;
    throw error;
  }
}

function pair(name: unknown, oid: string): string {
  return encodeKey(["name", String(name), oid]);
}
