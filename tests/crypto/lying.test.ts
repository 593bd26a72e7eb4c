/** A lying server, as the browser meets it, case by case: the twin of test_lying_frames.py and test_lying_voices.py. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Bytes, concat } from '../../crypto/binding.ts';
import { Malformed, NotForThisKey, Tampered } from '../../crypto/failure.ts';
import { Kind, serializeTyping } from '../../crypto/frame.ts';
import { delegationPayload, makeStatement, memberPayload } from '../../crypto/issue.ts';
import { SigningKey } from '../../crypto/primitives.ts';
import { type Sender, introduction, newInstance } from '../../crypto/sender.ts';
import { STAFF, VISITOR } from '../../crypto/shapes.ts';
import type { Transcript } from '../../crypto/transcript.ts';
import { anomalyKinds } from '../../widget/src/conversation.ts';
import { Session } from '../../widget/src/session.ts';
import {
  TODAY,
  coordinator,
  counsellor,
  delegation,
  desk,
  listener,
  memberStatement,
  org,
  random,
  sender,
  staffSender,
  statement,
  visitorSender,
} from './world.ts';

const [STORED, GENERATION, DIRECTION, INSTANCE, COUNTER, CIPHERTEXT] = [1, 18, 22, 23, 31, 500];
const WORDS = ['one', 'two', 'three'];

/** One byte of a frame changed, or set. */
const changed = (frame: Bytes, at: number, value = frame[at]! ^ 1): Bytes => frame.with(at, value) as Bytes;

const compose = async (from: Sender, text: string, hears?: Transcript): Promise<Bytes> =>
  (await from.compose(Kind.text, text, hears?.heads(from.instance)))[0]!;

async function wordsOf(from: Sender): Promise<readonly Bytes[]> {
  const frames: Bytes[] = [];
  for (const word of WORDS) frames.push(await compose(from, word));
  return frames;
}

/** What a transcript says of frames, in the order of telling. */
async function hear(transcript: Transcript, frames: readonly Bytes[]) {
  const [words, odd]: [string[], string[]] = [[], []];
  for (const frame of frames) {
    const { messages, anomalies } = await transcript.hear(frame, TODAY);
    words.push(...messages.filter(({ kind }) => kind === Kind.text).map(({ text }) => text));
    odd.push(...anomalies.map(({ kind }) => kind));
  }
  return { words, odd };
}

/** A visitor's page that hears a counsellor. */
function page(): Session {
  return new Session({
    sender: visitorSender(),
    transcript: listener(),
    direction: VISITOR,
    transmit: () => false,
    after: () => () => {},
    clock: () => '',
    today: () => TODAY,
    changed: () => {},
    overdue: () => {},
  });
}

type Frames = readonly Bytes[];
type Lie = (frames: Frames) => Frames;
const three = ([one, two, last]: Frames): readonly [Bytes, Bytes, Bytes] => [one!, two!, last!];
const between = (lie: (two: Bytes) => Bytes): Lie => (frames) => {
  const [one, two, last] = three(frames);
  return [one, lie(two), last];
};

/** The lie, what is odd about each frame in turn, and the words that are heard. */
const SHOWN: readonly (readonly [string, Lie, readonly string[], readonly string[]])[] = [
  ['the truth', (f) => f, [], WORDS],
  ['a replayed frame', (f) => [f[0]!, f[1]!, f[1]!, f[2]!], ['repeat'], WORDS],
  ['an old frame at the end', (f) => [...f, f[0]!], ['repeat'], WORDS],
  ['two frames swapped', (f) => [f[0]!, f[2]!, f[1]!], ['gap'], WORDS],
  ['everything backwards', (f) => f.toReversed(), ['gap', 'gap'], WORDS],
  ['a frame held back', (f) => [f[0]!, f[2]!], ['gap'], ['one']],
  ['the first held back', (f) => f.slice(1), ['gap', 'gap'], []],
  ['changed words', between((f) => changed(f, CIPHERTEXT)), ['tampered', 'gap'], ['one']],
  ['changed, then true', (f) => [f[0]!, changed(f[1]!, CIPHERTEXT), f[1]!, f[2]!], ['tampered'], WORDS],
  ['a swapped direction', between((f) => changed(f, DIRECTION, f[DIRECTION]! ^ 3)), ['tampered', 'gap'], ['one']],
  ['another instance', between((f) => changed(f, INSTANCE)), ['tampered', 'gap'], ['one']],
  ['a later place', between((f) => changed(f, COUNTER + 7, 9)), ['tampered', 'gap'], ['one']],
  ['a heard place', between((f) => changed(f, COUNTER + 7, 0)), ['tampered', 'gap'], ['one']],
  ['other words for a heard place', (f) => [...f, changed(f[0]!, CIPHERTEXT)], ['tampered'], WORDS],
  ['noise', (f) => [f[0]!, concat(f[1]!.slice(0, 39), random(985)), f[1]!, f[2]!], ['tampered'], WORDS],
];

for (const [name, lie, odd, words] of SHOWN) {
  test(`a counsellor is shown: ${name}`, async () => {
    assert.deepEqual(await hear(listener(), lie(await wordsOf(visitorSender()))), { words, odd });
  });

  test(`a visitor's page is shown: ${name}`, async () => {
    const [staff, session] = [staffSender(), page()];
    const [first] = await staff.compose(Kind.introduction, introduction(delegation, statement));
    let seq = 0;
    for (const frame of [first!, ...lie(await wordsOf(staff))]) await session.delivery(++seq, frame);
    assert.deepEqual(
      session.conversation.entries.map(({ text }) => text),
      words,
    );
    // A gap is shown until it has filled.
    const stays = new Set(odd.filter((kind) => kind !== 'gap' || words.length < WORDS.length));
    assert.deepEqual(new Set(anomalyKinds(session.conversation)), stays);
  });
}

const REFUSED = [
  ['a shortened frame', (f: Bytes) => f.slice(0, -1) as Bytes, Malformed],
  ['another version', (f: Bytes) => changed(f, 0), Malformed],
  ['a third direction', (f: Bytes) => changed(f, DIRECTION, 3), Malformed],
  ['as if it were never stored', (f: Bytes) => changed(f, STORED), Malformed],
  ['a generation without a key', (f: Bytes) => changed(f, GENERATION + 3, 2), NotForThisKey],
  ["another conversation's name", (f: Bytes) => changed(f, 2), Tampered],
] as const;

for (const [name, lie, failure] of REFUSED)
  test(`what is no frame of this conversation is refused: ${name}`, async () => {
    const [transcript, frame] = [listener(), await compose(visitorSender(), 'one')];
    await assert.rejects(transcript.hear(lie(frame), TODAY), failure);
    assert.deepEqual(await hear(transcript, [frame]), { words: ['one'], odd: [] });
  });

test('a cut tail shows with the next frame', async () => {
  const [one, , last] = three(await wordsOf(visitorSender()));
  const transcript = listener();
  assert.deepEqual(await hear(transcript, [one]), { words: ['one'], odd: [] });
  assert.deepEqual(await hear(transcript, [last]), { words: [], odd: ['gap'] });
  assert.deepEqual(transcript.missing().map(({ first, last: end }) => [first, end]), [[1, 1]]);
});

test('an old sign of life is refused', async () => {
  const [visitor, transcript] = [visitorSender(), listener()];
  const frame = await visitor.composeEphemeral(Kind.typing, serializeTyping(true));
  await transcript.hearEphemeral(frame);
  await assert.rejects(transcript.hearEphemeral(frame), Tampered);
});

const stranger = await SigningKey.fromSeed(random(32));
const LIFE = { notBefore: TODAY - 10, notAfter: TODAY + 35 };
const EXPIRED = { notBefore: TODAY - 90, notAfter: TODAY - 3 };

/** A statement about the stranger, by whoever signs. */
async function about({ at = desk, by = coordinator, life = LIFE } = {}): Promise<Bytes> {
  const payload = await memberPayload(at, 'counsellor', 'Somebody', stranger.publicKey, random(1216));
  return makeStatement(by, { type: 'member', org, subject: random(16), serial: 9, ...life, payload });
}

/** Another organisation, whose root and coordinator are the liar's. */
async function foreign() {
  const [root, hand] = [await SigningKey.fromSeed(random(32)), await SigningKey.fromSeed(random(32))];
  const payload = delegationPayload(hand.publicKey);
  const draft = { type: 'delegation', org, subject: random(16), serial: 9, ...LIFE, payload } as const;
  const above = await makeStatement(root, draft);
  return { above, hand };
}

async function foreignVoice(): Promise<Bytes> {
  const { above, hand } = await foreign();
  return introduction(above, await about({ by: hand }));
}

/** The introduction is tampered, and what follows it has no author. */
const LIE = ['tampered', 'gap'];

/** Who introduces themselves with what, and what a visitor hears of it. */
const VOICES: readonly (readonly [string, () => Promise<Bytes | null>, readonly string[], readonly string[]])[] = [
  ['a colleague', async () => introduction(delegation, await about()), [], ['Believe me.']],
  ['a member of another desk', async () => introduction(delegation, await about({ at: random(16) })), LIE, []],
  ['an expired statement', async () => introduction(delegation, await about({ life: EXPIRED })), LIE, []],
  ["a foreign organisation's statement", foreignVoice, LIE, []],
  ['a foreign delegation', async () => introduction((await foreign()).above, await about()), LIE, []],
  ["a colleague's statement", async () => introduction(delegation, await memberStatement('Bo', counsellor)), LIE, []],
  ['no introduction', async () => null, ['tampered'], []],
];

for (const [name, voice, odd, words] of VOICES)
  test(`a visitor hears only who was vouched for: ${name}`, async () => {
    const [tab, text] = [staffSender(stranger), await voice()];
    const first = text ? await tab.compose(Kind.introduction, text) : [];
    assert.deepEqual(await hear(listener(), [...first, await compose(tab, 'Believe me.')]), { words, odd });
  });

test('nobody speaks as the visitor', async () => {
  const [transcript, visitor] = [listener(), visitorSender()];
  const frames = [
    await compose(visitor, 'one'),
    await compose(sender(VISITOR, counsellor), 'two'),
    await compose(sender(VISITOR, counsellor, visitor.instance), 'two'),
  ];
  assert.deepEqual(await hear(transcript, frames), { words: ['one'], odd: ['tampered', 'tampered'] });
});

test('own words sent back are nobody else’s', async () => {
  const [transcript, frame] = [listener(), await compose(visitorSender(), 'one')];
  const echoed = [frame, frame, changed(frame, DIRECTION, STAFF)];
  assert.deepEqual(await hear(transcript, echoed), { words: ['one'], odd: ['repeat', 'tampered'] });
});

/** The first tab hears 'two', the second what it is told instead; then the second hears the first one's answer. */
async function tabs(instead: (twin: Sender) => Promise<readonly Bytes[]>) {
  const instance = newInstance();
  const [visitor, twin, tab] = [visitorSender(instance), visitorSender(instance), staffSender()];
  const [here, there] = [listener(), listener()];
  const one = await compose(visitor, 'one');
  await compose(twin, 'one');
  await hear(here, [one, await compose(visitor, 'two')]);
  const [first] = await tab.compose(Kind.introduction, introduction(delegation, statement));
  return hear(there, [one, ...(await instead(twin)), first!, await compose(tab, 'Yes?', here)]);
}

test('a tab that is told less sees what its sister heard', async () => {
  assert.deepEqual(await tabs(async () => []), { words: ['one', 'Yes?'], odd: ['gap'] });
});

test('two stories for two tabs are a fork', async () => {
  const told = await tabs(async (twin) => [await compose(twin, 'another two')]);
  assert.deepEqual(told, { words: ['one', 'another two', 'Yes?'], odd: ['fork'] });
});
