/** What the counsellor sees, as a value: who waits, what is theirs, what is open, and how each of these changes. */
import { type Conversation, NEW } from '../conversation.ts';
import type { Conversations, Listed } from '../wire.ts';

/** `starting` until the line was open for the first time. */
export type BoardLine = 'starting' | 'open' | 'lost';

/** Whose key a conversation was sealed to, and in whose name it is answered. */
export interface Seal {
  readonly desk: string;
  readonly epoch: number;
  /** The desk has a newer key by now. */
  readonly older: boolean;
  readonly member: string;
}

/** Why a conversation does not open, or does no longer. */
export type Fault = 'no-key' | 'tampered' | 'gone' | 'shredded';

/** One conversation on this page. */
export interface Open {
  readonly id: string;
  readonly language: string;
  /** Null until it has been opened. */
  readonly seal: Seal | null;
  readonly fault: Fault | null;
  readonly conversation: Conversation;
  readonly draft: string;
  /** So many entries were on the screen. */
  readonly read: number;
  /** The counsellor has said goodbye; the server will be asked to close as soon as that is accepted. */
  readonly closing: boolean;
}

/** A sentence for the counsellor that is nobody's message. */
export interface Notice {
  readonly key: string;
  readonly conversation: string;
}

export interface Board {
  readonly line: BoardLine;
  readonly waiting: readonly Listed[];
  readonly mine: readonly Listed[];
  /** False until the server has said who waits: an empty list is then not yet good news. */
  readonly known: boolean;
  readonly open: ReadonlyMap<string, Open>;
  /** Closed ones that the counsellor has put away. */
  readonly away: ReadonlySet<string>;
  /** The conversation on the screen; empty for none. */
  readonly shown: string;
  readonly notice: Notice | null;
}

export const EMPTY_BOARD: Board = {
  line: 'starting',
  waiting: [],
  mine: [],
  known: false,
  open: new Map(),
  away: new Set(),
  shown: '',
  notice: null,
};

/** One row of the counsellor's own list. */
export interface Row {
  readonly id: string;
  readonly language: string;
  readonly phase: string;
  readonly line: string;
  readonly typing: boolean;
  readonly unread: number;
  readonly fault: Fault | null;
}

const isListed = (one: Listed): boolean =>
  typeof one === 'object' &&
  one !== null &&
  [one.conversation, one.desk, one.language, one.phase, one.line].every((field) => typeof field === 'string') &&
  Number.isSafeInteger(one.minutes);

/** The server's list; what in it is no conversation is left out. */
export const listed = (board: Board, { waiting, mine }: Conversations): Board => ({
  ...board,
  waiting: waiting.filter(isListed),
  mine: mine.filter(isListed),
  known: true,
});

export const onBoardLine = (board: Board, line: BoardLine): Board => (board.line === line ? board : { ...board, line });

const languageOf = ({ waiting, mine }: Board, id: string): string =>
  [...mine, ...waiting].find(({ conversation }) => conversation === id)?.language ?? '';

function change(board: Board, id: string, changed: (open: Open) => Open): Board {
  const open = board.open.get(id);
  return open ? { ...board, open: new Map(board.open).set(id, changed(open)) } : board;
}

const unsealed = (id: string, language: string): Open => ({
  id,
  language,
  seal: null,
  fault: null,
  conversation: NEW,
  draft: '',
  read: 0,
  closing: false,
});

/** The server has handed a conversation over: it is being opened. */
export function began(board: Board, id: string): Board {
  const known = board.open.get(id) ?? unsealed(id, languageOf(board, id));
  const away = new Set(board.away);
  away.delete(id);
  return { ...board, away, open: new Map(board.open).set(id, { ...known, fault: null }) };
}

export const opened = (board: Board, id: string, seal: Seal): Board => change(board, id, (open) => ({ ...open, seal }));

/** It does not open, or is gone: then nothing of it stays on this page. */
export const faulted = (board: Board, id: string, fault: Fault): Board =>
  change(board, id, (open) => ({ ...unsealed(id, open.language), fault }));

/** Something happened in a conversation; what happens on the screen counts as read. */
export const changed = (board: Board, id: string, conversation: Conversation): Board =>
  change(board, id, (open) => ({
    ...open,
    conversation,
    read: board.shown === id ? conversation.entries.length : open.read,
  }));

export const drafted = (board: Board, id: string, draft: string): Board =>
  change(board, id, (open) => ({ ...open, draft }));

export const isClosing = (board: Board, id: string): Board => change(board, id, (open) => ({ ...open, closing: true }));

/** Put a conversation on the screen, or none. */
export const shows = (board: Board, id: string): Board =>
  change({ ...board, shown: id, notice: null }, id, (open) => ({ ...open, read: open.conversation.entries.length }));

/** Put a closed conversation away: its text leaves this page's memory. */
export function putAway(board: Board, id: string): Board {
  const open = new Map(board.open);
  open.delete(id);
  return { ...board, open, away: new Set(board.away).add(id), shown: board.shown === id ? '' : board.shown };
}

export const withNotice = (board: Board, notice: Notice | null): Board => ({ ...board, notice });

/** What came since the counsellor looked; whatever they have answered since was read too, also before a reload. */
export function unread({ conversation: { entries }, read }: Open): number {
  const answered = entries.findLastIndex(({ side }) => side === 'mine') + 1;
  return Math.max(0, entries.length - Math.max(read, answered));
}

/** What is unread in the conversations that are not on the screen. */
export const unreadElsewhere = ({ open, shown }: Board): number =>
  [...open.values()].filter(({ id }) => id !== shown).reduce((sum, one) => sum + unread(one), 0);

function rowOf({ open }: Board, id: string, from?: Listed): Row {
  const here = open.get(id);
  const heard = here?.seal ? here.conversation : null;
  return {
    id,
    language: here?.language || from?.language || '',
    phase: heard?.phase ?? from?.phase ?? '',
    line: heard?.line ?? from?.line ?? '',
    typing: heard?.typing ?? false,
    unread: here ? unread(here) : 0,
    fault: here?.fault ?? null,
  };
}

/** The counsellor's own conversations: the server's list, and after it what is still open on this page only. */
export function rows(board: Board): readonly Row[] {
  const listedIds = board.mine.map(({ conversation }) => conversation);
  const only = [...board.open.keys()].filter((id) => !listedIds.includes(id));
  const own = board.mine.filter(({ conversation }) => !board.away.has(conversation));
  return [...own.map((one) => rowOf(board, one.conversation, one)), ...only.map((id) => rowOf(board, id))];
}

/** What the counsellor has in hand and is not yet on this page. */
export const unopened = ({ mine, open }: Board): readonly string[] =>
  mine
    .filter(({ conversation, phase }) => phase === 'active' && !open.has(conversation))
    .map((one) => one.conversation);

/** What is on this page and may still change: read on when the line is back. */
export const unfinished = ({ open }: Board): readonly string[] =>
  [...open.values()]
    .filter(({ conversation, fault }) => fault === null && conversation.phase !== 'closed')
    .map(({ id }) => id);

/** The longest wait in whole minutes, 0 when nobody waits. */
export const longestWait = ({ waiting }: Board): number => Math.max(0, ...waiting.map(({ minutes }) => minutes));

const NUMBERS = 900;

/** What a counsellor calls a conversation: three digits that stay the same over a reload and say nothing of anybody. */
export function numberOf(id: string): number {
  const sum = [...id].reduce((number, sign) => (number * 31 + sign.charCodeAt(0)) % 1_000_003, 7);
  return 100 + (sum % NUMBERS);
}
