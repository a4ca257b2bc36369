/** Every bound of curation: how much it looks at, how long it holds the event loop, how much it keeps. */

/** Memories that one run looks at, the newest, unless the image says otherwise; and the most that it may say. */
export const MEMORIES = 10_000;
export const MEMORIES_MAX = 50_000;
/** Concepts that are compared with what is found. */
export const CONCEPTS_MAX = 5_000;
/** Memories that make a concept, at least, unless the image says otherwise. */
export const CLUSTER_MIN = 4;
/** Sources that a concept names: their oids must fit one slot. */
export const SOURCES_MAX = 1_000;
/** One run from its start, seconds, unless the image says otherwise; and the most that it may say. */
export const RUN_SECONDS = 300;
export const RUN_SECONDS_MAX = 36_000;
/** Tokens, estimated, that minds may be asked for in one run, unless the image says otherwise. */
export const RUN_TOKENS = 20_000;
export const RUN_TOKENS_MAX = 10_000_000;
/** Characters that are counted as one token. */
export const CHARACTERS_A_TOKEN = 4;
/** Tokens that a mind may take for one definition. */
export const ANSWER_TOKENS_MAX = 300;
/** One definition by a mind, milliseconds; beyond it the concept is defined by extraction. */
export const DEFINE_MS = 60_000;
/** Minds that failed in a row, after which the rest of a run is defined by extraction. */
export const MIND_FAILURES_MAX = 2;

/** How long the person must have been away, minutes, before a run begins by itself, unless the image says otherwise. */
export const IDLE_MINUTES = 10;
export const IDLE_MINUTES_MAX = 100_000;
/** A person who was here so little ago, milliseconds, is taken to be here still. */
export const HERE_MS = 1000;
/** A run that is due by the clock begins once the person has been away for this long, milliseconds. */
export const SETTLED_MS = 60_000;
/** Hours after which a run is due though little is new, unless the image says otherwise. */
export const INTERVAL_HOURS = 24;
export const INTERVAL_HOURS_MAX = 100_000;
/** Changed memories that make a run worth while when the person is away, unless the image says otherwise. */
export const NEW_MEMORIES = 20;
/** The clock is asked at least this often, milliseconds. */
export const LOOK_MS = 15_000;
/** Wait after a run that failed before the next begins by itself, milliseconds; doubles with each in a row. */
export const BACK_OFF_MS = 60_000;
export const BACK_OFF_MAX_MS = 3_600_000;

/** Work between two looks at everything else, milliseconds: what is asked meanwhile waits no longer. */
export const SLICE_MS = 8;
/** Entries read from the store at a time. */
export const READ_PAGE = 256;
/** Neighbours of a memory that make the graph, and those that are found for it: copies are among them. */
export const NEIGHBOURS = 10;
export const NEIGHBOURS_FOUND = 15;
/** Hits that are asked for at most to find so many: concepts and what is masked are among them. */
export const HITS_ASKED_MAX = 256;
/** Searches that wait for the memory at a time: a person's own search waits behind no more. */
export const SEARCHES_AT_ONCE = 8;
/** Pairs of memories by which it is measured how alike unlike ones are. */
export const NOISE_PAIRS = 2_000;
/** Memories are neighbours above the median of such pairs by so many of their deviations, and above this cosine. */
export const NOISE_DEVIATIONS = 2.5;
export const NEIGHBOUR_COSINE_MIN = 0.25;
/** However alike such pairs are, memories that are more alike than this are neighbours. */
export const NEIGHBOUR_COSINE_MAX = 0.5;
/** Among fewer memories too many pairs are of one topic to tell what chance is. */
export const NOISE_MEMORIES_MIN = 200;
/** The density that a community must have: what holds a memory in it against each member it has (CPM's resolution). */
export const COMMUNITY_DENSITY = 0.08;
/** Levels of aggregation, and visits of one node in a level. */
export const COMMUNITY_LEVELS_MAX = 10;
export const COMMUNITY_VISITS_MAX = 20;

/** Characters of a text that are compared; the rest is taken to be alike where these are the same. */
export const COMPARED_CHARACTERS_MAX = 20_000;
/** Words of a text beyond which only copies are looked for, as comparing costs the square of them. */
export const COMPARED_WORDS_MAX = 400;
/** Words of a text up to which its near copies are found whatever their vectors say. */
export const KEYED_WORDS_MAX = 60;
/** Texts that share a key and are compared with one another. */
export const KEYED_TEXTS_MAX = 20;
/** Memories that may have the same slip, and how much more often the word is written as it should be. */
export const SLIPS_MAX = 5;
export const WORDS_A_SLIP = 20;
/** Texts with fewer words are copies or nothing. */
export const NEAR_WORDS_MIN = 4;
/** One mistyped word, and another for each so many words. */
export const WORDS_A_TYPO = 8;
/** Words that are added without saying more: one, and another for each so many words. */
export const WORDS_A_FILLER = 10;
/** Memories masked in one thought. */
export const GATED_A_THOUGHT = 100;

/** A concept grew into a cluster when it has so much of it, and of its sources are there. */
export const HOME_SHARE = 0.25;
/** A concept is defined anew when so much of its sources is new. */
export const REDEFINE_SHARE = 0.3;
/** A cluster that is so much of one that a person took back is not made again. */
export const DECLINED_SHARE = 0.6;

/** Words that describe a concept, and those that name it. */
export const TERMS = 8;
export const TITLE_TERMS = 3;
export const TITLE_CHARACTERS_MAX = 60;
export const DEFINITION_CHARACTERS_MAX = 600;
/** Sources that a mind is shown, and characters of each. */
export const SHOWN_SOURCES = 10;
export const SHOWN_CHARACTERS = 300;
/** Sources and words that the hypervector of a concept holds. */
export const VECTOR_SOURCES = 64;

/** What a report tells one by one, and characters of each part. */
export const REPORTED_MAX = 100;
export const REPORTED_CHARACTERS = 160;
/** Runs whose end is remembered for who asked. */
export const ENDED_KEPT = 20;
/** Thoughts of the log, since the last report, in which is looked for what a person took back. */
export const DECLINED_THOUGHTS_MAX = 20_000;
export const LOG_PAGE = 256;
/** What a person took back is remembered up to so much, the newest. */
export const DECLINED_KEPT = 400;
export const DECLINED_CONCEPTS_KEPT = 50;
/** Sources by which a concept that was taken back is known again. */
export const SIGNATURE_SOURCES = 20;
/** Concepts that are listed, the newest. */
export const CONCEPTS_LISTED = 200;
/** Jobs that a stop waits for, milliseconds. */
export const SETTLE_MS = 10_000;
