/** The bounds of the canvas: how much it keeps, how far it zooms, how long it waits. */

/** Objects kept in memory, those without a place on the canvas included; above it the unplaced ones go. */
export const OBJECTS_KEPT_MAX = 50_000;
/** Points to restore that are shown until all are asked for. */
export const POINTS_SHOWN = 6;
/** Concepts that are listed. */
export const CONCEPTS_SHOWN_MAX = 50;
/** Thoughts listed in the timeline. */
export const TIMELINE_THOUGHTS_MAX = 1_000;
/** Thoughts that "older" loads at a time. */
export const TIMELINE_PAGE = 100;
/** Lines of a difference shown of one slot. */
export const DIFF_LINES_SHOWN_MAX = 60;
/** Exchanges shown of a conversation; older ones are still in the image. */
export const EXCHANGES_SHOWN_MAX = 200;
/** Hits asked for by a recall. */
export const RECALL_HITS = 12;
/** Rows that a list shows before it asks to be narrowed. */
export const LIST_ROWS_MAX = 200;
/** Messages shown at one time at the edge of the window. */
export const TOASTS_MAX = 4;
export const TOAST_MS = 6_000;
export const ERROR_TOAST_MS = 12_000;

/** Cards drawn as elements; with more in sight, or smaller than the scale, they are painted. */
export const CARDS_AS_ELEMENTS_MAX = 300;
export const CARDS_AS_ELEMENTS_SCALE_MIN = 0.45;
/** With more lines than this, those that are only faint are left out of the far view: they would be a smear. */
export const FAINT_LINES_FAR_MAX = 1_000;
/** What is brought into sight is shown at least this large. */
export const SCALE_READABLE = 0.5;
/** Below this many pixels panels come from below, as in the style sheet. */
export const NARROW_WIDTH = 760;
export const SCALE_MIN = 0.05;
export const SCALE_MAX = 3;
export const SCALE_STEP = 1.25;
/** World units. */
export const MORPH_WIDTH_MIN = 120;
export const MORPH_HEIGHT_MIN = 56;
export const MORPH_WIDTH_MAX = 1_200;
export const MORPH_HEIGHT_MAX = 900;
/** Places beyond this are refused by the image. */
export const COORDINATE_MAX = 1e7;
export const NUDGE = 8;
export const NUDGE_FAR = 40;
/** Arrow keys move at once; where the morph came to rest is stored after this. */
export const NUDGE_SETTLE_MS = 500;
/** A second click comes within this. */
export const DOUBLE_CLICK_MS = 400;
/** A pointer that moves less than this has clicked. Screen pixels. */
export const CLICK_SLOP = 4;

/** A connection on which nothing is heard for this long (three heartbeats) is taken for dead. */
export const STREAM_SILENCE_MS_MAX = 45_000;
export const RECONNECT_MS_MIN = 500;
export const RECONNECT_MS_MAX = 15_000;
/** A request that has no answer by then is given up; asking and pulling answer at once, so this is ample. */
export const REQUEST_MS_MAX = 60_000;
/** A message that nobody understands may have a method made for it first, which takes as long as the kernel may. */
export const SEND_MS_MAX = 3_600_000;
/** Generations that are shown, the last ones. */
export const GENERATIONS_SHOWN_MAX = 8;
/** What is asked of the server after a burst of events waits this long, so that a burst asks once. */
export const REFRESH_SETTLE_MS = 120;
/** Figures of the status bar follow changes of the image after this. */
export const HEALTH_SETTLE_MS = 1_500;

/** After joining the stream anew, running answers have been told of by then. */
export const REJOIN_SETTLE_MS = 2_000;

/** Objects whose slots the inspector shows as inherited. */
export const CHAIN_SHOWN_MAX = 32;
/** References of a chain that are looked up to be shown by name, and names that are kept. */
export const REFERENCES_NAMED_MAX = 16;
export const NAMES_KEPT_MAX = 2_000;
export const HISTORY_SHOWN_MAX = 60;
export const SELECTORS_SUGGESTED_MAX = 60;
/** Edits that are kept while other objects are looked at, of each kind. */
export const DRAFTS_KEPT_MAX = 100;
/** Characters of a value shown in a row; the whole opens in the editor. */
export const VALUE_PREVIEW_MAX = 240;
/** A copy of a large image takes long. */
export const FORK_MS_MAX = 3_600_000;

/** Turns of a thread that the server counts: from here on it is this or more. */
export const TURNS_COUNTED = 100;
