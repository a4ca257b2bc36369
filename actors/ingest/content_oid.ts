/** The oid of what is taken in, made of what it says alone: the same text is the same memory, wherever it stands. */
import { derivedOid } from "../exchange/importers/mod.ts";

/** The latest time an oid can have, so that what is taken in is listed behind what was made here. */
const OID_TIME = 2 ** 48 - 1;

/** Texts that differ in white space, or in how their letters are composed, are the same. */
export function contentOid(text: string): string {
  return derivedOid(OID_TIME, `ingest 1\n${text.normalize("NFC").replace(/\s+/gu, " ").trim()}`);
}
