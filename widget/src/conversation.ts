/** One conversation as a value: what a page shows of it, and every way in which that changes. No I/O, no clock, no keys. */

/** `new` is only here: before the first word the server knows of nothing. */
export type Phase = 'new' | 'waiting' | 'active' | 'closed' | 'shredded';

/** The other side's line; `unknown` until the server has said anything about it. */
export type Line = 'unknown' | 'here' | 'lost' | 'left';

export type Side = 'mine' | 'theirs';

/** Where a message is: sealed here, committed by the server, opened by the other side, or refused for good. */
export type EntryState = 'sealed' | 'accepted' | 'delivered' | 'refused';

export type EntryKind = 'text' | 'farewell';

/** What a transcript finds and nobody repairs in silence. */
export type AnomalyKind = 'gap' | 'fork' | 'tampered' | 'repeat';

/** One message as it is read: all parts of one text. Its identity is (conversation, instance, first). */
export interface Entry {
  readonly instance: string;
  readonly first: number;
  readonly last: number;
  readonly side: Side;
  readonly kind: EntryKind;
  /** The writer's working name, empty where the writer has none. */
  readonly name: string;
  readonly text: string;
  readonly state: EntryState;
  /** Local time of day when this page first saw it; lives in memory only. */
  readonly clock: string;
}

/** Where something is missing, contradicted, changed or sent twice; a gap ends when the missing frame comes. */
export interface Anomaly {
  readonly kind: AnomalyKind;
  /** Empty where even that cannot be told. */
  readonly instance: string;
  readonly counter: number;
}

export interface Conversation {
  readonly phase: Phase;
  readonly line: Line;
  readonly entries: readonly Entry[];
  readonly anomalies: readonly Anomaly[];
  /** Does the other side write just now? */
  readonly typing: boolean;
  /** The other side's working name, as its newest introduction signed it. */
  readonly name: string;
  /** Every seq up to here has been seen, as a delivery or as `accepted`: where to resume after. */
  readonly cursor: number;
  /** Seen beyond the cursor. */
  readonly ahead: readonly number[];
  /** Code of the refusal after which this page can send nothing more; empty while it can. */
  readonly refusal: string;
}

export const NEW: Conversation = {
  phase: 'new',
  line: 'unknown',
  entries: [],
  anomalies: [],
  typing: false,
  name: '',
  cursor: 0,
  ahead: [],
  refusal: '',
};

const PHASES: readonly string[] = ['waiting', 'active', 'closed', 'shredded'] satisfies readonly Phase[];
const LINES: readonly string[] = ['here', 'lost', 'left'] satisfies readonly Line[];

/** What cannot be undone: words from a slower answer must not bring a conversation back. */
const RANK: Readonly<Record<Phase, number>> = { new: 0, waiting: 1, active: 1, closed: 2, shredded: 3 };

/** Unique for each entry of a conversation: what a page tells its rows apart by. */
export const entryKey = (entry: Entry): string => `${entry.instance}.${entry.first}`;

/** May this side still write? */
export const writable = ({ phase, refusal }: Conversation): boolean =>
  refusal === '' && phase !== 'closed' && phase !== 'shredded';

/** Is any own message still on its way to the server? */
export const unaccepted = ({ entries }: Conversation): boolean => entries.some(({ state }) => state === 'sealed');

function mapEntries(
  conversation: Conversation,
  applies: (entry: Entry) => boolean,
  state: EntryState,
): Conversation {
  if (!conversation.entries.some(applies)) return conversation;
  const entries = conversation.entries.map((entry) => (applies(entry) ? { ...entry, state } : entry));
  return { ...conversation, entries };
}

/** Another message: an own one once it is sealed, the other side's once it is opened; its author writes no more. */
export const said = (conversation: Conversation, entry: Entry): Conversation => ({
  ...conversation,
  entries: [...conversation.entries, entry],
  typing: conversation.typing && entry.side === 'mine',
});

/** The server committed an own frame; a text counts as accepted with its last part. */
export const accepted = (conversation: Conversation, instance: string, counter: number): Conversation =>
  mapEntries(
    conversation,
    (entry) => entry.state === 'sealed' && entry.instance === instance && entry.last <= counter,
    'accepted',
  );

/**
 * The server will never take a frame of an own instance, and so none after it: each holds the chain of the one before.
 * `refusal` is the code if this page can write no more, empty when an earlier page load's frames were meant.
 */
export const refused = (conversation: Conversation, instance: string, refusal: string): Conversation => ({
  ...mapEntries(conversation, (entry) => entry.state === 'sealed' && entry.instance === instance, 'refused'),
  refusal: refusal || conversation.refusal,
});

/** The other side said that it opened everything of this instance up to a counter. */
export const delivered = (conversation: Conversation, instance: string, counter: number): Conversation =>
  mapEntries(
    conversation,
    ({ side, state, instance: of, last }) =>
      side === 'mine' && (state === 'sealed' || state === 'accepted') && of === instance && last <= counter,
    'delivered',
  );

/** A seq was seen; the cursor moves over everything without a hole. */
export function passed(conversation: Conversation, seq: number): Conversation {
  if (seq <= conversation.cursor || conversation.ahead.includes(seq)) return conversation;
  let cursor = conversation.cursor;
  const ahead = new Set([...conversation.ahead, seq]);
  while (ahead.delete(cursor + 1)) cursor++;
  return { ...conversation, cursor, ahead: [...ahead] };
}

/** The phase as the server says it; an unknown word changes nothing, and nothing closed opens again. */
export function inPhase(conversation: Conversation, phase: string): Conversation {
  if (!PHASES.includes(phase) || RANK[phase as Phase] < RANK[conversation.phase]) return conversation;
  return { ...conversation, phase: phase as Phase, typing: phase === 'active' && conversation.typing };
}

/** The other side's line; whoever is not here does not type. */
export function onLine(conversation: Conversation, line: string): Conversation {
  if (!LINES.includes(line)) return conversation;
  return { ...conversation, line: line as Line, typing: line === 'here' && conversation.typing };
}

export const isTyping = (conversation: Conversation, typing: boolean): Conversation =>
  conversation.typing === typing ? conversation : { ...conversation, typing };

/** The other side signed who it is. */
export const introduced = (conversation: Conversation, name: string): Conversation => ({ ...conversation, name });

const same = (a: Anomaly, b: Anomaly) => a.kind === b.kind && a.instance === b.instance && a.counter === b.counter;

/** Something does not fit. The same thing again is not told again. */
export function noticed(conversation: Conversation, anomaly: Anomaly): Conversation {
  if (conversation.anomalies.some((known) => same(known, anomaly))) return conversation;
  return { ...conversation, anomalies: [...conversation.anomalies, anomaly] };
}

/** These are the gaps that are open now: one that has filled is no longer shown. */
export function gapsAre(conversation: Conversation, gaps: readonly Anomaly[]): Conversation {
  const others = conversation.anomalies.filter(({ kind }) => kind !== 'gap');
  if (others.length === conversation.anomalies.length && gaps.length === 0) return conversation;
  return { ...conversation, anomalies: [...others, ...gaps] };
}

/** The kinds of anomaly that a page has to tell about, each once. */
export const anomalyKinds = ({ anomalies }: Conversation): readonly AnomalyKind[] => [
  ...new Set(anomalies.map(({ kind }) => kind)),
];
