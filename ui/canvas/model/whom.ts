/** Whom a question goes to. Pure. */

export interface Whom {
  /** Oids; none is whom it suits. */
  readonly personas: readonly string[];
  readonly several: boolean;
  readonly manner: "side_by_side" | "in_turn";
  readonly deliberate: boolean;
}

export const anybody: Whom = { personas: [], several: false, manner: "side_by_side", deliberate: false };

/** The choice without personas that are there no more. */
export function amongThose(whom: Whom, personas: readonly { readonly oid: string }[]): Whom {
  return { ...whom, personas: whom.personas.filter((each) => personas.some(({ oid }) => oid === each)) };
}

/** As the command has it. */
export function askedOf({ personas, several, manner, deliberate }: Whom) {
  if (personas.length === 0) return {};
  return several ? { personas: [...personas], manner, deliberate } : { personas: [...personas] };
}
