/** Every bound of the hypervector algebra, by name. */

/** Dimensions of a hypervector unless said otherwise. */
export const dimensionsDefault = 10_000;
/** Dimensions that a hypervector may have at most (256 KiB as planes of f32 and a little more). */
export const dimensionsMax = 65_536;
/** Steps of the phase grid of `Phases8`: one byte. */
export const phaseSteps = 256;
/** Hypervectors that one bundle takes at most. */
export const bundleMax = 100_000;
/** Entries that one codebook holds at most (10 KB each at the default dimensions). */
export const codebookEntriesMax = 200_000;
/** Prefixes that cleanup tries before it searches in full. */
export const cleanupPrefixes: readonly number[] = [256, 1_024, 4_096];
/** How many standard deviations of the unseen dimensions' noise a candidate must lie behind to be dropped. */
export const cleanupNoiseSigmas = 7;
/** Entries of the shortlist whose full similarity is always computed, so that there is a runner-up. */
export const cleanupRankedMin = 16;
/** Numbers of a greater magnitude are symbols, since their fractional power has lost its precision. */
export const powerMagnitudeMax = 2 ** 31;
/** Lists and records nest this deep in an encoded value; what lies deeper is one symbol. */
export const fillerDepthMax = 8;
/** Items of a list or record that are encoded one by one; a longer one is one symbol. */
export const fillerItemsMax = 256;
/** Milliseconds that two times must be apart to be unlike: a day. */
export const timeWidthMs = 86_400_000;
/** Share of random questions that may be answered by chance: a twentieth of what is promised, so that a count keeps to it. */
export const falseAnswersDefault = 0.0005;
/** Unrelated vectors with which a codebook's noise is measured. */
export const calibrationProbes = 8;
/** Entries, spread over the codebook, that each of them is compared with at most. */
export const calibrationEntries = 256;
/** Dimensions on which every entry of a large codebook is compared. */
export const indexPrefix = 1_024;
/** Entries of a large codebook that are compared in full at least. */
export const indexRanked = 16;
/** How many standard deviations a prefix must lie behind for an entry of a large codebook to be left out. */
export const indexSigmas = 6;
/** Steps of a turn that a large codebook's prefix is kept in: half a byte. */
export const scanLevels = 16;
/** Dimensions that the kernel sums at a time: more would not fit its 16 bits. */
export const scanDimensionsMax = 512;
/** Entries that are few enough to be compared without looking at more of the prefix. */
export const indexSettled = 64;
/** Dimensions after which an entry that has no hope is given up. */
export const indexMiddle = 4_096;
/** Vectors that a workspace has places for, unless said otherwise. */
export const workspaceVectors = 512;
/** Bytes of a workspace at most, of which only those are taken that were written. */
export const workspaceBytesMax = 512 * 1024 * 1024;
