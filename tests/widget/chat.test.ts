import assert from 'node:assert/strict';
import test from 'node:test';
import { type Bytes, fromBase64url } from '../../crypto/binding.ts';
import { Kind } from '../../crypto/frame.ts';
import { openOpening } from '../../crypto/opening.ts';
import { Sender, type SenderPlace, introduction, newInstance } from '../../crypto/sender.ts';
import { OPENING_LENGTH, STAFF, parseOpening } from '../../crypto/shapes.ts';
import { Chat, type ChatState } from '../../widget/src/visitor/chat.ts';
import { trustDesk } from '../../widget/src/visitor/trust.ts';
import { TODAY, counsellor, delegation, org, statement } from '../crypto/world.ts';
import { Clock } from './clock.ts';
import { EPOCH, deskId, deskKeys, deskPk, deskSeed, fragment } from './desk.ts';
import { FakeServer } from './server.ts';
import { Wires } from './wires.ts';

const ORIGIN = 'https://chat.example';

async function page() {
  const clock = new Clock();
  const wires = new Wires();
  const server = new FakeServer(wires, org, ORIGIN);
  const states: ChatState[] = [];
  const chat = new Chat({
    desk: await trustDesk(fragment, deskKeys, TODAY),
    origin: ORIGIN,
    language: 'sv',
    surroundings: { socket: wires.socket, after: clock.after, random: () => 0 },
    clock: () => '12:00',
    today: () => TODAY,
    changed: (state) => states.push(state),
  });
  chat.start();
  server.answer();
  const say = async (text: string) => {
    await chat.say(text);
    await server.serve();
  };
  /** The line breaks, and the page comes back. */
  const comeBack = async () => {
    wires.newest.cut();
    clock.pass(0);
    server.answer();
    await server.serve();
  };
  return { clock, wires, server, states, chat, say, comeBack };
}

/** The counsellor's side: only the desk's seed opens what the server keeps. */
async function counsellorOf({ opening }: FakeServer): Promise<Sender> {
  const { stub, wraps, sealed } = await parseOpening(opening!);
  const desk = { desk: deskId, epoch: EPOCH, pk: deskPk };
  const { conversation, key } = await openOpening(org, stub, wraps[0]!.wrap, sealed, desk, deskSeed);
  const place: SenderPlace = { conversation, generation: 1, direction: STAFF, instance: newInstance() };
  return new Sender(place, key, counsellor);
}

async function answer(server: FakeServer, text: string): Promise<void> {
  const staff = await counsellorOf(server);
  const frames: readonly Bytes[] = [
    ...(await staff.compose(Kind.introduction, introduction(delegation, statement))),
    ...(await staff.compose(Kind.text, text)),
  ];
  for (const frame of frames) server.push(frame);
  await server.serve();
}

const view = ({ state: { conversation } }: Chat) => conversation.entries.map(({ text, state }) => `${text}: ${state}`);

test('before the first word the server hears nothing but a call', async () => {
  const { chat, wires, server } = await page();
  await chat.prepare();
  chat.writes();
  await server.serve();
  assert.equal(wires.newest.url, 'wss://chat.example/ws/sv');
  assert.deepEqual(wires.newest.sent, []);
});

test('with the first word the opening goes, and the word right behind it', async () => {
  const { chat, wires, server, say } = await page();
  await say('Hej');
  assert.deepEqual(wires.newest.binaries.map(({ length }) => length), [OPENING_LENGTH, 1024]);
  assert.deepEqual([view(chat), chat.state.conversation.phase], [['Hej: accepted'], 'waiting']);
  assert.ok(server.opening);
});

test('words that were written before the line stood go when it does', async () => {
  const { chat, comeBack, wires } = await page();
  wires.newest.cut();
  await chat.say('Hej');
  assert.deepEqual([view(chat), chat.state.line], [['Hej: sealed'], 'lost']);
  await comeBack();
  assert.deepEqual(view(chat), ['Hej: accepted']);
});

test('a counsellor is heard and known by name', async () => {
  const { chat, server, say } = await page();
  await say('Hej');
  await answer(server, 'Hej du');
  assert.deepEqual([view(chat).at(-1), chat.state.conversation.name], ['Hej du: accepted', 'Åsa']);
});

test('after a lost line the page proves itself and gets what it missed, in order and once', async () => {
  const { chat, server, say, comeBack } = await page();
  await say('one');
  server.silent = true;
  await say('two');
  await answer(server, 'three');
  server.silent = false;
  await comeBack();
  assert.deepEqual(view(chat), ['one: accepted', 'two: accepted', 'three: accepted']);
  assert.deepEqual([chat.state.conversation.cursor, chat.state.conversation.anomalies], [4, []]);
});

test('an opening of which nothing was heard goes again, the same bytes, and the rest is asked for', async () => {
  const { chat, server, wires, say, comeBack } = await page();
  server.silent = true;
  await say('one');
  const [first] = wires.newest.binaries;
  server.silent = false;
  server.phase = 'active';
  await comeBack();
  assert.deepEqual(wires.newest.binaries[0], first);
  assert.deepEqual(wires.newest.controls.map(({ t }) => t), ['resume']);
  assert.deepEqual([view(chat), chat.state.conversation.phase], [['one: accepted'], 'active']);
});

test('a lost line is told, its return too, and for a while only', async () => {
  const { chat, clock, say, comeBack, wires } = await page();
  await say('one');
  assert.equal(chat.state.line, 'here');
  wires.newest.cut();
  assert.equal(chat.state.line, 'lost');
  await comeBack();
  assert.equal(chat.state.line, 'back');
  clock.pass(4_000);
  assert.equal(chat.state.line, 'here');
});

test('an end is asked for with a proof, and what comes after it is refused', async () => {
  const { chat, say, server } = await page();
  await say('one');
  chat.end();
  assert.equal(chat.state.asked, 'end');
  await server.serve();
  assert.deepEqual([chat.state.conversation.phase, chat.state.asked], ['closed', '']);
});

test('an end that was asked for on a lost line is asked for again on the next', async () => {
  const { chat, say, server, wires, comeBack } = await page();
  await say('one');
  wires.newest.cut();
  chat.end();
  await comeBack();
  assert.equal(server.phase, 'closed');
  assert.equal(chat.state.conversation.phase, 'closed');
});

test('deletion leaves a receipt and nothing else', async () => {
  const { chat, clock, say, server, wires } = await page();
  await say('one');
  chat.delete();
  await server.serve();
  assert.deepEqual(chat.state.destroyed, { keys: 2, frames: 1 });
  assert.deepEqual([chat.state.conversation.phase, view(chat), chat.state.asked], ['shredded', [], '']);
  const before = wires.sockets.length;
  clock.pass(60_000);
  assert.ok(wires.newest.closed);
  assert.equal(wires.sockets.length, before);
});

test('a deletion whose answer was lost is known by its absence', async () => {
  const { chat, say, server, comeBack } = await page();
  await say('one');
  server.silent = true;
  chat.delete();
  await server.serve();
  server.silent = false;
  await comeBack();
  assert.deepEqual([chat.state.conversation.phase, view(chat), chat.state.destroyed], ['shredded', [], null]);
});

test('a conversation that is gone without our asking stays readable', async () => {
  const { chat, say, server, comeBack } = await page();
  await say('one');
  server.conversation = '';
  await comeBack();
  assert.deepEqual([chat.state.conversation.phase, view(chat)], ['shredded', ['one: accepted']]);
});

for (const code of ['unknown-desk', 'too-many', 'conflict'])
  test(`an opening that is refused as ${code} is told, and its words are not lost`, async () => {
    const { chat, say, server } = await page();
    server.nextRefusal = code;
    await say('one');
    assert.deepEqual([view(chat), chat.state.conversation.refusal], [['one: refused'], code]);
  });

test("another conversation's news is not ours", async () => {
  const { chat, say, server } = await page();
  await say('one');
  server.tell({ t: 'phase', conversation: 'A'.repeat(22), phase: 'closed' });
  server.tell({ t: 'deleted', conversation: 'A'.repeat(22), keys: 1, frames: 1 });
  assert.equal(chat.state.conversation.phase, 'waiting');
});

test('what is no message of the protocol is shown as changed on the way', async () => {
  const { chat, say, wires } = await page();
  await say('one');
  wires.newest.say('{}');
  assert.deepEqual(chat.state.conversation.anomalies.map(({ kind }) => kind), ['tampered']);
});

test('a nonce that is none does not stop the page', async () => {
  const { chat, say, server } = await page();
  await say('one');
  server.tell({ t: 'hello', nonce: '!' });
  chat.end();
  await server.serve();
  assert.equal(chat.state.conversation.phase, 'waiting');
});

test('leaving is said, and forgets everything', async () => {
  const { chat, clock, say, wires } = await page();
  await say('one');
  chat.leave();
  assert.deepEqual(wires.newest.controls.at(-1), { t: 'leave' });
  assert.ok(wires.newest.closed);
  clock.pass(60_000);
  assert.deepEqual([wires.sockets.length, clock.waiting], [1, 0]);
});

test('who leaves without a word has nothing to say goodbye for', async () => {
  const { chat, wires } = await page();
  chat.leave();
  assert.deepEqual(wires.newest.sent, []);
});

test('a proof is for this conversation, this key and one deed', async () => {
  const { chat, say, server, wires } = await page();
  await say('one');
  chat.end();
  await server.serve();
  const { conversation, key, signature } = wires.newest.controls.at(-1) as Record<string, string>;
  assert.equal(conversation, server.conversation);
  assert.deepEqual([fromBase64url(key!).length, fromBase64url(signature!).length], [32, 64]);
});
