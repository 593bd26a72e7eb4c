import assert from 'node:assert/strict';
import test from 'node:test';
import type { Bytes } from '../../crypto/binding.ts';
import { Malformed, NotForThisKey, Tampered } from '../../crypto/failure.ts';
import { Kind, PARTS_LIMIT, TEXT_LIMIT, serializeTyping } from '../../crypto/frame.ts';
import { type Sender, introduction } from '../../crypto/sender.ts';
import type { Heard, Transcript } from '../../crypto/transcript.ts';
import {
  TODAY,
  coordinator,
  counsellor,
  delegation,
  listener,
  memberStatement,
  random,
  sender,
  staffSender,
  statement,
  visitorSender,
} from './world.ts';

async function say(from: Sender, text: string, hears?: Transcript): Promise<Bytes> {
  const [frame] = await from.compose(Kind.text, text, hears?.heads(from.instance));
  return frame!;
}

async function introduce(from: Sender, member = statement): Promise<Bytes> {
  const [frame] = await from.compose(Kind.introduction, introduction(delegation, member));
  return frame!;
}

const texts = (heard: readonly Heard[]) => heard.flatMap(({ messages }) => messages.map(({ text }) => text));
const kinds = (...heard: readonly Heard[]) => heard.flatMap(({ anomalies }) => anomalies.map(({ kind }) => kind));

async function hearAll(transcript: Transcript, frames: readonly Bytes[], today: number | null = TODAY) {
  const heard: Heard[] = [];
  for (const frame of frames) heard.push(await transcript.hear(frame, today));
  return heard;
}

test('a conversation is heard in order, in the name that a coordinator signed', async () => {
  const [page, tab, transcript] = [visitorSender(), staffSender(), listener()];
  const frames = [await say(page, 'hej'), await introduce(tab), await say(tab, 'välkommen')];
  const heard = await hearAll(transcript, frames);
  const messages = heard.flatMap((one) => one.messages);
  assert.deepEqual(
    messages.map(({ direction, kind, text, author, counter }) => [direction, kind, text, author, counter]),
    [
      [1, Kind.text, 'hej', null, 0],
      [2, Kind.introduction, '', 'Åsa', 0],
      [2, Kind.text, 'välkommen', 'Åsa', 1],
    ],
  );
  assert.deepEqual(kinds(...heard), []);
});

test('frames that arrive at once are heard one after the other', async () => {
  const [page, transcript] = [visitorSender(), listener()];
  const frames = await Promise.all(['a', 'b', 'c', 'd'].map((text) => say(page, text)));
  const heard = await Promise.all(frames.map((frame) => transcript.hear(frame, TODAY)));
  assert.deepEqual(texts(heard), ['a', 'b', 'c', 'd']);
  assert.deepEqual(kinds(...heard), []);
});

test('the same frame again is a repeat and says nothing twice', async () => {
  const [page, transcript] = [visitorSender(), listener()];
  const frame = await say(page, 'hej');
  const heard = await hearAll(transcript, [frame, frame]);
  assert.deepEqual(texts(heard), ['hej']);
  assert.deepEqual(kinds(heard[1]!), ['repeat']);
});

test('a frame ahead waits until the gap has filled', async () => {
  const [page, transcript] = [visitorSender(), listener()];
  const frames = [await say(page, 'a'), await say(page, 'b'), await say(page, 'c'), await say(page, 'd')];
  const early = await hearAll(transcript, [frames[0]!, frames[3]!, frames[2]!]);
  assert.deepEqual(kinds(...early), ['gap', 'gap']);
  assert.deepEqual(transcript.missing(), [{ instance: page.instance, first: 1, last: 1 }]);
  const late = await transcript.hear(frames[1]!, TODAY);
  assert.deepEqual(texts([...early, late]), ['a', 'b', 'c', 'd']);
  assert.deepEqual(transcript.missing(), []);
});

test('a staff frame ahead of its introduction waits for it', async () => {
  const [tab, transcript] = [staffSender(), listener()];
  const frames = [await introduce(tab), await say(tab, 'hej')];
  const heard = await hearAll(transcript, frames.toReversed());
  assert.deepEqual(kinds(...heard), ['gap']);
  assert.deepEqual(texts(heard), ['', 'hej']);
});

test('other bytes under a heard identity are a fork', async () => {
  const page = visitorSender();
  const transcript = listener();
  const [one, other] = [await say(page, 'ja'), await say(visitorSender(page.instance), 'nej')];
  const heard = await hearAll(transcript, [one, other]);
  assert.deepEqual(texts(heard), ['ja']);
  assert.deepEqual(kinds(...heard), ['fork']);
});

test('a frame whose previous chain is another is a fork', async () => {
  const page = visitorSender();
  const twin = visitorSender(page.instance);
  const transcript = listener();
  await say(twin, 'nej');
  const heard = await hearAll(transcript, [await say(page, 'ja'), await say(twin, 'nej igen')]);
  assert.deepEqual(texts(heard), ['ja']);
  assert.deepEqual(kinds(...heard), ['fork']);
});

test('a head that contradicts what was heard is a fork', async () => {
  const page = visitorSender();
  const [ours, theirs, tab] = [listener(), listener(), staffSender()];
  await theirs.hear(await say(visitorSender(page.instance), 'nej'), TODAY);
  await ours.hear(await say(page, 'ja'), TODAY);
  const heard = await hearAll(ours, [await introduce(tab), await say(tab, 'jaså', theirs)]);
  assert.deepEqual(kinds(...heard), ['fork']);
});

test('a cut tail shows when the next frame of the other side names what was cut', async () => {
  const [page, tab, visitors, staffs] = [visitorSender(), staffSender(), listener(), listener()];
  const cut = await say(page, 'och en sak till');
  await visitors.hear(cut, TODAY);
  await hearAll(visitors, [await introduce(tab), await say(tab, 'hej')]);
  const answer = await say(page, 'hallå?', visitors);
  const colleague = staffSender();
  await staffs.hear(await introduce(colleague), TODAY);
  assert.deepEqual(kinds(await staffs.hear(answer, TODAY)), ['gap']);
  assert.deepEqual(kinds(await staffs.hear(await say(colleague, 'oj', visitors), TODAY)), ['gap', 'gap']);
  const named = staffs.missing().map(({ first, last }) => [first, last]);
  assert.deepEqual(named.toSorted(), [
    [0, 0],
    [0, 1],
  ]);
});

test('an introduction with a statement about somebody else is tampered', async () => {
  const [tab, transcript] = [staffSender(counsellor), listener()];
  const swapped = await memberStatement('Bo', coordinator);
  const heard = await hearAll(transcript, [await introduce(tab, swapped), await say(tab, 'hej')]);
  assert.deepEqual(kinds(...heard), ['tampered', 'gap']);
  assert.deepEqual(texts(heard), []);
});

test('an introduction counts as long as its statement lives, and in history for ever', async () => {
  const frame = await introduce(staffSender());
  assert.deepEqual(kinds(await listener().hear(frame, TODAY + 37)), []);
  assert.deepEqual(kinds(await listener().hear(frame, TODAY + 38)), ['tampered']);
  assert.deepEqual(kinds(await listener().hear(frame, null)), []);
});

test('staff who do not introduce themselves first, or do so twice, or visitors who do, are tampered', async () => {
  const tab = staffSender();
  assert.deepEqual(kinds(await listener().hear(await say(tab, 'hej'), TODAY)), ['tampered']);
  const again = staffSender();
  const twice = await hearAll(listener(), [await introduce(again), await introduce(again)]);
  assert.deepEqual(kinds(...twice), ['tampered']);
  assert.deepEqual(kinds(await listener().hear(await introduce(visitorSender()), TODAY)), ['tampered']);
});

test('who holds K without the visitor’s key does not speak as the visitor', async () => {
  const frame = await say(sender(1, counsellor), 'det är jag');
  assert.deepEqual(kinds(await listener().hear(frame, TODAY)), ['tampered']);
});

test('a tampered frame changes nothing', async () => {
  const [page, transcript] = [visitorSender(), listener()];
  const frame = await say(page, 'hej');
  const broken = frame.with(500, frame[500]! ^ 1) as Bytes;
  const heard = await hearAll(transcript, [broken, frame]);
  assert.deepEqual(kinds(...heard), ['tampered']);
  assert.deepEqual(texts(heard), ['hej']);
});

test('a long text is joined even where a letter lies across two parts', async () => {
  const [page, transcript] = [visitorSender(), listener()];
  const text = `x${'å'.repeat(TEXT_LIMIT)}`;
  const frames = await page.compose(Kind.text, text);
  const heard = await hearAll(transcript, frames);
  assert.equal(frames.length, 3);
  const [message] = heard.flatMap(({ messages }) => messages);
  assert.deepEqual([message?.text, message?.counter, message?.lastCounter], [text, 0, 2]);
});

test('the longest text fits, one byte more does not', async () => {
  const page = visitorSender();
  const frames = await page.compose(Kind.text, 'x'.repeat(PARTS_LIMIT * TEXT_LIMIT));
  assert.equal(frames.length, PARTS_LIMIT);
  await assert.rejects(page.compose(Kind.text, 'x'.repeat(PARTS_LIMIT * TEXT_LIMIT + 1)), Malformed);
});

test('no more than 256 frames wait for a gap', async () => {
  const [page, transcript] = [visitorSender(), listener()];
  const frames: Bytes[] = [];
  for (let i = 0; i < 300; i++) frames.push(await say(page, String(i)));
  await hearAll(transcript, frames.slice(1));
  const heard = await transcript.hear(frames[0]!, TODAY);
  assert.equal(heard.messages.length, 257);
});

test('a frame of another conversation or without its generation’s key is refused, not noted', async () => {
  const [page, transcript] = [visitorSender(), listener()];
  const frame = await say(page, 'hej');
  await assert.rejects(transcript.hear(frame.with(2, frame[2]! ^ 1) as Bytes, TODAY), Tampered);
  await assert.rejects(transcript.hear(frame.with(21, 2) as Bytes, TODAY), NotForThisKey);
  await assert.rejects(transcript.hear(random(1024).fill(9), TODAY), Malformed);
  assert.deepEqual(texts([await transcript.hear(frame, TODAY)]), ['hej']);
});

test('a sign of life counts once', async () => {
  const [page, transcript] = [visitorSender(), listener()];
  const [first, second] = [
    await page.composeEphemeral(Kind.typing, serializeTyping(true)),
    await page.composeEphemeral(Kind.typing, serializeTyping(false)),
  ];
  assert.equal((await transcript.hearEphemeral(second)).kind, Kind.typing);
  await assert.rejects(transcript.hearEphemeral(first), Tampered);
  await assert.rejects(transcript.hearEphemeral(second), Tampered);
  await assert.rejects(transcript.hearEphemeral(second), Tampered);
});
