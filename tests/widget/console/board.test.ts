/** The list state: what the counsellor sees follows from what was told, and from nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Entry, NEW } from '../../../widget/src/conversation.ts';
import {
  type Board,
  EMPTY_BOARD,
  began,
  changed,
  drafted,
  faulted,
  listed,
  longestWait,
  numberOf,
  opened,
  putAway,
  rows,
  shows,
  unfinished,
  unopened,
  unread,
} from '../../../widget/src/console/board.ts';
import type { Conversations, Listed } from '../../../widget/src/wire.ts';

const one = (conversation: string, change: Partial<Listed> = {}): Listed => ({
  conversation,
  desk: 'd',
  language: 'sv',
  phase: 'active',
  line: 'here',
  minutes: -1,
  ...change,
});

const told = (waiting: readonly Listed[], mine: readonly Listed[]): Conversations => ({
  t: 'conversations',
  waiting,
  mine,
});

const entry = (first: number, side: Entry['side']): Entry => ({
  instance: side,
  first,
  last: first,
  side,
  kind: 'text',
  name: '',
  text: 'x',
  state: 'accepted',
  clock: '',
});

const SEAL = { desk: 'D', epoch: 1, older: false, member: 'Anna' };

function withConversation(id: string): Board {
  const board = began(listed(EMPTY_BOARD, told([], [one(id)])), id);
  return opened(board, id, SEAL);
}

const heard = (board: Board, id: string, ...entries: readonly Entry[]) =>
  changed(board, id, { ...NEW, phase: 'active', line: 'here', entries });

test('an empty list is good news only once the server has said so', () => {
  assert.equal(EMPTY_BOARD.known, false);
  assert.equal(listed(EMPTY_BOARD, told([], [])).known, true);
});

test('the longest wait is told, and nobody waiting is no wait', () => {
  assert.equal(longestWait(EMPTY_BOARD), 0);
  assert.equal(longestWait(listed(EMPTY_BOARD, told([one('a', { minutes: 2 }), one('b', { minutes: 7 })], []))), 7);
});

test('what in the list is no conversation is left out', () => {
  const broken = [null, 7, {}, { ...one('x'), line: 3 }, one('a')] as unknown as readonly Listed[];
  assert.deepEqual(listed(EMPTY_BOARD, told(broken, broken)).waiting, [one('a')]);
  assert.deepEqual(listed(EMPTY_BOARD, told(broken, broken)).mine, [one('a')]);
});

test('active ones in hand are opened by themselves, closed ones only when chosen', () => {
  const board = listed(EMPTY_BOARD, told([one('w', { phase: 'waiting' })], [one('a'), one('c', { phase: 'closed' })]));
  assert.deepEqual(unopened(board), ['a']);
  assert.deepEqual(unopened(began(board, 'a')), []);
});

test('words that came while another conversation was on the screen are unread until it is shown', () => {
  let board = heard(withConversation('a'), 'a', entry(0, 'theirs'), entry(1, 'theirs'));
  assert.equal(unread(board.open.get('a')!), 2);
  board = shows(board, 'a');
  assert.equal(unread(board.open.get('a')!), 0);
  board = heard(board, 'a', entry(0, 'theirs'), entry(1, 'theirs'), entry(2, 'theirs'));
  assert.equal(unread(board.open.get('a')!), 0);
  board = heard(shows(board, ''), 'a', ...[0, 1, 2, 3].map((i) => entry(i, 'theirs')));
  assert.equal(unread(board.open.get('a')!), 1);
});

test('what was answered before a reload is not unread after it', () => {
  const board = heard(withConversation('a'), 'a', entry(0, 'theirs'), entry(0, 'mine'), entry(1, 'theirs'));
  assert.equal(unread(board.open.get('a')!), 1);
});

test('a draft survives switching, news and a broken line', () => {
  let board = drafted(withConversation('a'), 'a', 'half a sentence');
  board = heard(shows(began(board, 'b'), 'b'), 'a', entry(0, 'theirs'));
  board = began(listed(board, told([], [one('a')])), 'a');
  assert.equal(board.open.get('a')!.draft, 'half a sentence');
});

test('a closed conversation stays in the list until it is put away, and nothing of it stays then', () => {
  let board = heard(withConversation('a'), 'a', entry(0, 'theirs'));
  board = shows(changed(board, 'a', { ...board.open.get('a')!.conversation, phase: 'closed' }), 'a');
  board = listed(board, told([], []));
  assert.deepEqual(
    rows(board).map(({ id, phase }) => [id, phase]),
    [['a', 'closed']],
  );
  assert.deepEqual(unfinished(board), []);
  board = putAway(board, 'a');
  assert.deepEqual(rows(board), []);
  assert.equal(board.shown, '');
  assert.equal(board.open.has('a'), false);
});

test('of a conversation that is gone nothing stays on the page, not even the draft', () => {
  let board = drafted(heard(withConversation('a'), 'a', entry(0, 'theirs')), 'a', 'half');
  board = faulted(board, 'a', 'shredded');
  const { conversation, draft, seal, fault, language } = board.open.get('a')!;
  assert.deepEqual([conversation, draft, seal, fault, language], [NEW, '', null, 'shredded', 'sv']);
});

test('numbers have three digits and stay', () => {
  for (const id of ['a', 'AAAAAAAAAAAAAAAAAAAAAA', 'zzzzzzzzzzzzzzzzzzzzzz']) {
    assert.ok(numberOf(id) >= 100 && numberOf(id) <= 999);
    assert.equal(numberOf(id), numberOf(id));
  }
});
