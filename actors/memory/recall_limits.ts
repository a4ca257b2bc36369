/** The bounds of a recall. */
/** Memories that each channel names, at least; more when more are asked for. */
export const CHANNEL_CANDIDATES = 30;
/** Memories whose surroundings in their thread are looked at: the best by everything else. */
export const SURROUNDED_MAX = 30;
/** Up to so many memories that a filter lets through, each is compared; beyond it the tiers are searched further. */
export const FILTERED_COMPARED_MAX = 2_000;
/** Hits that the tiers are asked for at most, to find some that a filter lets through. */
export const FILTERED_SEARCHED_MAX = 4_096;
