import assert from 'node:assert/strict';
import test from 'node:test';
import { type Bytes, toBase64url } from '../../crypto/binding.ts';
import { Kind, serializeReceipts, serializeTyping } from '../../crypto/frame.ts';
import { type Sender, introduction } from '../../crypto/sender.ts';
import { VISITOR, parseFrameHeader } from '../../crypto/shapes.ts';
import type { Conversation } from '../../widget/src/conversation.ts';
import { ACCEPTANCE_TIMEOUT, TOO_FAST_PAUSE } from '../../widget/src/outbox.ts';
import { MESSAGE_LIMIT, Session } from '../../widget/src/session.ts';
import { RECEIPT_PAUSE, TYPING_LIFE, TYPING_REPEAT } from '../../widget/src/signals.ts';
import { TODAY, delegation, listener, staffSender, statement, visitorSender } from '../crypto/world.ts';
import { Clock } from './clock.ts';

function page() {
  const clock = new Clock();
  const sent: Bytes[] = [];
  const shown: Conversation[] = [];
  const line = { open: true, overdue: 0 };
  const session = new Session({
    sender: visitorSender(),
    transcript: listener(),
    direction: VISITOR,
    transmit: (frame) => line.open && sent.push(frame) > 0,
    after: clock.after,
    clock: () => '12:00',
    today: () => TODAY,
    changed: (conversation) => shown.push(conversation),
    overdue: () => line.overdue++,
  });
  const accept = (frame: Bytes, seq: number) => session.accepted({ t: 'accepted', seq, ...identity(frame) });
  const refuse = (frame: Bytes, code: string) => session.refused({ t: 'refused', code, ...identity(frame) });
  /** Everything that was begun is done. */
  const settle = async () => {
    await session.delivery(0, new Uint8Array(1024));
  };
  return { clock, sent, shown, line, session, accept, refuse, settle };
}

function identity(frame: Bytes) {
  const { conversation, instance, counter } = parseFrameHeader(frame);
  return { conversation: toBase64url(conversation), instance: toBase64url(instance), counter };
}

const introduce = async (staff: Sender): Promise<Bytes> =>
  (await staff.compose(Kind.introduction, introduction(delegation, statement)))[0]!;

const word = async (staff: Sender, text: string): Promise<Bytes> => (await staff.compose(Kind.text, text))[0]!;

const texts = ({ conversation }: Session) => conversation.entries.map(({ text }) => text);
const states = ({ conversation }: Session) => conversation.entries.map(({ state }) => state);
const counters = (frames: readonly Bytes[]) => frames.map((frame) => parseFrameHeader(frame).counter);

/** A visitor's page that talks with a counsellor who is there. */
async function talking() {
  const world = page();
  const staff = staffSender();
  world.session.phase('active');
  world.session.line('here');
  world.session.connected();
  await world.session.delivery(1, await introduce(staff));
  return { ...world, staff };
}

test('a message is shown at once and sent when there is a line', async () => {
  const { session, sent } = page();
  await session.say('Hej');
  assert.deepEqual([texts(session), states(session), sent.length], [['Hej'], ['sealed'], 0]);
  session.connected();
  assert.equal(sent.length, 1);
});

test('messages go one at a time, in the order of writing, each after the one before was accepted', async () => {
  const { session, sent, accept } = page();
  session.connected();
  await Promise.all([session.say('one'), session.say('two'), session.say('three')]);
  for (const seq of [1, 2, 3]) {
    assert.deepEqual(counters(sent).at(-1), seq - 1);
    assert.equal(sent.length, seq);
    accept(sent.at(-1)!, seq);
  }
  assert.deepEqual(states(session), ['accepted', 'accepted', 'accepted']);
  assert.deepEqual([session.conversation.cursor, session.unaccepted], [3, 0]);
});

test('a long text goes in parts and is one entry', async () => {
  const { session, sent, accept } = page();
  session.connected();
  await session.say('å'.repeat(MESSAGE_LIMIT / 2));
  for (let seq = 1; seq <= 16; seq++) {
    assert.deepEqual(states(session), ['sealed']);
    accept(sent.at(-1)!, seq);
  }
  assert.deepEqual([counters(sent).length, states(session)], [16, ['accepted']]);
});

test('after a lost line the same bytes go again, and the rest behind them', async () => {
  const { session, sent, accept } = page();
  session.connected();
  await session.say('one');
  await session.say('two');
  session.disconnected();
  session.connected();
  assert.deepEqual(sent[1], sent[0]);
  accept(sent[1]!, 1);
  assert.deepEqual(counters(sent), [0, 0, 1]);
});

test('what was committed though nobody said so comes back and counts as accepted, without an anomaly', async () => {
  const { session, sent } = page();
  session.connected();
  await session.say('one');
  session.disconnected();
  await session.delivery(1, sent[0]!);
  assert.deepEqual([states(session), session.unaccepted, session.conversation.anomalies], [['accepted'], 0, []]);
});

test('without `accepted` for too long the line is given up', async () => {
  const { session, clock, line } = page();
  session.connected();
  await session.say('one');
  clock.pass(ACCEPTANCE_TIMEOUT - 1);
  assert.equal(line.overdue, 0);
  clock.pass(1);
  assert.equal(line.overdue, 1);
});

test('a frame that came too fast goes again a little later, and none overtakes it', async () => {
  const { session, sent, clock, refuse } = page();
  session.connected();
  await session.say('one');
  await session.say('two');
  refuse(sent[0]!, 'too-fast');
  assert.equal(sent.length, 1);
  clock.pass(TOO_FAST_PAUSE);
  assert.deepEqual([sent.length, sent[1]], [2, sent[0]]);
  assert.deepEqual(states(session), ['sealed', 'sealed']);
});

test('a refused message and those behind it are shown as refused, and nothing more is sent', async () => {
  const { session, sent, refuse } = page();
  session.connected();
  await session.say('one');
  await session.say('two');
  refuse(sent[0]!, 'not-now');
  await session.say('three');
  assert.deepEqual(states(session), ['refused', 'refused', 'refused']);
  assert.deepEqual([sent.length, session.conversation.refusal], [1, 'not-now']);
});

test("another frame's refusal harms nobody", async () => {
  const { session, sent } = page();
  session.connected();
  await session.say('one');
  session.refused({ t: 'refused', code: 'not-now', ...identity(sent[0]!), counter: 7 });
  session.refused({ t: 'refused', code: 'not-now' });
  assert.deepEqual(states(session), ['sealed']);
});

test("a counsellor's words come under the signed working name", async () => {
  const { session, staff } = await talking();
  await session.delivery(2, await word(staff, 'Hej, vad vill du berätta?'));
  const [entry] = session.conversation.entries;
  assert.deepEqual([session.conversation.name, entry?.name, entry?.side], ['Åsa', 'Åsa', 'theirs']);
});

test('what was opened is told in one receipt, and told again to who comes back', async () => {
  const { session, staff, sent, clock, settle } = await talking();
  await session.delivery(2, await word(staff, 'one'));
  await session.delivery(3, await word(staff, 'two'));
  clock.pass(RECEIPT_PAUSE);
  await settle();
  assert.equal(sent.length, 1);
  session.line('lost');
  session.line('here');
  clock.pass(RECEIPT_PAUSE);
  await settle();
  assert.equal(sent.length, 2);
  assert.ok(sent.every((frame) => !parseFrameHeader(frame).stored));
});

test('a receipt makes own messages delivered', async () => {
  const { session, staff, sent, accept } = await talking();
  await session.say('Hej');
  accept(sent[0]!, 2);
  const { instance, counter } = parseFrameHeader(sent[0]!);
  await session.delivery(0, await staff.composeEphemeral(Kind.receipt, serializeReceipts([{ instance, counter }])));
  assert.deepEqual(states(session), ['delivered']);
});

test('the other side is seen writing until it stops, speaks or falls silent', async () => {
  const { session, staff, clock } = await talking();
  const typing = async (writes: boolean) =>
    session.delivery(0, await staff.composeEphemeral(Kind.typing, serializeTyping(writes)));
  const seen = () => session.conversation.typing;
  await typing(true);
  assert.ok(seen());
  await typing(false);
  assert.ok(!seen());
  await typing(true);
  clock.pass(TYPING_LIFE);
  assert.ok(!seen());
  await typing(true);
  await session.delivery(2, await word(staff, 'So.'));
  assert.ok(!seen());
});

test('own writing is said seldom, ends with silence, and is not said to who is away', async () => {
  const { session, sent, clock, settle } = await talking();
  clock.pass(RECEIPT_PAUSE);
  await settle();
  sent.length = 0;
  for (let key = 0; key < 10; key++) session.writes();
  await settle();
  assert.equal(sent.length, 1);
  clock.pass(TYPING_REPEAT);
  session.writes();
  await settle();
  assert.equal(sent.length, 2);
  clock.pass(TYPING_LIFE);
  await settle();
  assert.equal(sent.length, 3);
  session.line('left');
  session.writes();
  await settle();
  assert.equal(sent.length, 3);
});

test('before somebody has come, nobody is told of writing', async () => {
  const { session, sent, settle } = page();
  session.connected();
  session.phase('waiting');
  session.writes();
  await settle();
  assert.equal(sent.length, 0);
});

test('a missing frame is shown as a gap, and no longer once it has come', async () => {
  const { session, staff } = await talking();
  const [lost, ahead] = [await word(staff, 'one'), await word(staff, 'two')];
  await session.delivery(3, ahead);
  assert.deepEqual([texts(session), session.conversation.anomalies.map(({ kind }) => kind)], [[], ['gap']]);
  assert.equal(session.conversation.cursor, 1);
  await session.delivery(2, lost);
  assert.deepEqual([texts(session), session.conversation.anomalies, session.conversation.cursor], [['one', 'two'], [], 3]);
});

test('a replayed frame is shown once, and said to have come twice', async () => {
  const { session, staff } = await talking();
  const frame = await word(staff, 'one');
  await session.delivery(2, frame);
  await session.delivery(3, frame);
  assert.deepEqual([texts(session), session.conversation.anomalies.map(({ kind }) => kind)], [['one'], ['repeat']]);
});

test('a changed frame is not shown as words but as an anomaly', async () => {
  const { session, staff } = await talking();
  const frame = await word(staff, 'one');
  frame[500]! ^= 1;
  await session.delivery(2, frame);
  assert.deepEqual([texts(session), session.conversation.anomalies.map(({ kind }) => kind)], [[], ['tampered']]);
});

test("another conversation's frame is shown as an anomaly", async () => {
  const { session, staff } = await talking();
  const frame = await word(staff, 'one');
  frame[5]! ^= 1;
  await session.delivery(2, frame);
  assert.deepEqual(session.conversation.anomalies.map(({ kind }) => kind), ['tampered']);
});

test('two frames under one identity are a fork', async () => {
  const { session } = page();
  const instance = crypto.getRandomValues(new Uint8Array(8));
  const [one, two] = [visitorSender(instance), visitorSender(instance)];
  await session.delivery(1, await word(one, 'one'));
  await session.delivery(2, await word(two, 'two'));
  assert.deepEqual([texts(session), session.conversation.anomalies.map(({ kind }) => kind)], [['one'], ['fork']]);
});

test('a broken sign of life changes nothing', async () => {
  const { session, staff, shown } = await talking();
  const typing = await staff.composeEphemeral(Kind.typing, serializeTyping(true));
  typing[500]! ^= 1;
  const before = shown.length;
  await session.delivery(0, typing);
  await session.delivery(0, new Uint8Array(1024));
  assert.equal(shown.length, before);
});

test("an earlier page load's unaccepted frames are shown and sent unchanged, after history and before new words", async () => {
  const earlier = visitorSender();
  const [stored, unstored] = [await word(earlier, 'stored'), await word(earlier, 'unstored')];
  const { session, sent, accept } = page();
  session.resend([stored, unstored]);
  session.history(1);
  session.connected();
  assert.equal(sent.length, 0);
  await session.delivery(1, stored);
  await session.say('new');
  assert.deepEqual(texts(session), ['stored', 'unstored', 'new']);
  assert.deepEqual(states(session), ['accepted', 'sealed', 'sealed']);
  assert.deepEqual(sent, [unstored]);
  accept(unstored, 2);
  assert.deepEqual([counters(sent), session.conversation.anomalies], [[1, 0], []]);
});

test('a session that was stopped has nothing left to do', async () => {
  const { session, clock, sent } = await talking();
  await session.say('Hej');
  session.writes();
  session.stop();
  const before = sent.length;
  clock.pass(60_000);
  assert.deepEqual([sent.length, clock.waiting, session.unaccepted], [before, 0, 0]);
});
