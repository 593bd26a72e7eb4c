import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type Conversation,
  type Entry,
  NEW,
  accepted,
  anomalyKinds,
  delivered,
  entryKey,
  gapsAre,
  inPhase,
  introduced,
  isTyping,
  noticed,
  onLine,
  passed,
  refused,
  said,
  unaccepted,
  writable,
} from '../../widget/src/conversation.ts';

const mine = (first: number, last = first): Entry => ({
  instance: 'me',
  first,
  last,
  side: 'mine',
  kind: 'text',
  name: '',
  text: `${first}`,
  state: 'sealed',
  clock: '',
});
const theirs = (first: number): Entry => ({ ...mine(first), instance: 'them', side: 'theirs', state: 'accepted' });
const saying = (...entries: readonly Entry[]): Conversation => entries.reduce(said, NEW);
const states = ({ entries }: Conversation) => entries.map(({ state }) => state);

test('an own message goes from sealed over accepted to delivered', () => {
  const sealed = saying(mine(0));
  assert.ok(unaccepted(sealed));
  const stored = accepted(sealed, 'me', 0);
  assert.deepEqual(states(stored), ['accepted']);
  assert.ok(!unaccepted(stored));
  assert.deepEqual(states(delivered(stored, 'me', 0)), ['delivered']);
});

test('a text of several parts is accepted and delivered with its last part', () => {
  const parts = saying(mine(0, 2));
  assert.deepEqual(states(accepted(parts, 'me', 1)), ['sealed']);
  assert.deepEqual(states(delivered(parts, 'me', 1)), ['sealed']);
  assert.deepEqual(states(accepted(parts, 'me', 2)), ['accepted']);
});

test('a receipt that overtakes `accepted` counts, and `accepted` does not take it back', () => {
  const opened = delivered(saying(mine(0)), 'me', 0);
  assert.deepEqual(states(accepted(opened, 'me', 0)), ['delivered']);
});

test('a receipt counts for its instance only, and never for what the other side wrote', () => {
  const both = saying(mine(0), theirs(0));
  assert.deepEqual(states(delivered(both, 'other', 5)), ['sealed', 'accepted']);
  assert.deepEqual(states(delivered(both, 'them', 5)), ['sealed', 'accepted']);
});

test('what the server will never take is refused with everything after it', () => {
  const after = refused(accepted(saying(mine(0), mine(1), mine(2)), 'me', 0), 'me', 'not-now');
  assert.deepEqual(states(after), ['accepted', 'refused', 'refused']);
  assert.ok(!writable(after));
});

test("an earlier page load's refused frames do not stop this page", () => {
  assert.ok(writable(refused(saying(mine(0)), 'me', '')));
});

test('the cursor passes over holes only once they are filled, in whatever order', () => {
  const holes = [1, 3, 4, 3, 1].reduce(passed, NEW);
  assert.equal(holes.cursor, 1);
  assert.deepEqual([...holes.ahead], [3, 4]);
  const filled = passed(holes, 2);
  assert.equal(filled.cursor, 4);
  assert.deepEqual([...filled.ahead], []);
});

test('nothing closed opens again, and an unknown word changes nothing', () => {
  const closed = inPhase(inPhase(NEW, 'waiting'), 'closed');
  for (const phase of ['waiting', 'active', 'nonsense', 'new']) assert.equal(inPhase(closed, phase), closed);
  assert.equal(inPhase(closed, 'shredded').phase, 'shredded');
  assert.equal(onLine(closed, 'nonsense'), closed);
});

test('an active conversation can wait again', () => {
  assert.equal(inPhase(inPhase(NEW, 'active'), 'waiting').phase, 'waiting');
});

test('who is away, has spoken or has closed is not shown as writing', () => {
  const writing = isTyping(onLine(inPhase(NEW, 'active'), 'here'), true);
  assert.ok(writing.typing);
  assert.ok(!onLine(writing, 'lost').typing);
  assert.ok(!said(writing, theirs(0)).typing);
  assert.ok(said(writing, mine(0)).typing);
  assert.ok(!inPhase(writing, 'closed').typing);
});

test('a gap that fills is no longer shown; a fork stays', () => {
  const gap = { kind: 'gap', instance: 'them', counter: 3 } as const;
  const odd = gapsAre(noticed(NEW, { kind: 'fork', instance: 'them', counter: 1 }), [gap]);
  assert.deepEqual(anomalyKinds(odd), ['fork', 'gap']);
  assert.deepEqual(anomalyKinds(gapsAre(odd, [])), ['fork']);
});

test('the same anomaly is told once', () => {
  const fork = { kind: 'fork', instance: 'them', counter: 1 } as const;
  assert.equal(noticed(noticed(NEW, fork), { ...fork }).anomalies.length, 1);
});

test('what changes nothing is the same value, so that nothing is drawn again', () => {
  const state = passed(saying(mine(0)), 1);
  assert.equal(passed(state, 1), state);
  assert.equal(gapsAre(state, []), state);
  assert.equal(isTyping(state, false), state);
  assert.equal(accepted(state, 'other', 9), state);
});

test('entries of two instances never share a key', () => {
  assert.notEqual(entryKey(mine(0)), entryKey(theirs(0)));
  assert.equal(introduced(NEW, 'Åsa').name, 'Åsa');
});
