/** A counsellor at work, against a server that answers, breaks off and lies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBase64url, toBase64url } from '../../../crypto/binding.ts';
import { Kind, openFrame } from '../../../crypto/frame.ts';
import { publicKey } from '../../../crypto/hpke.ts';
import { parseFrameHeader } from '../../../crypto/shapes.ts';
import { wrap } from '../../../crypto/wrap.ts';
import { rows } from '../../../widget/src/console/board.ts';
import { TODAY, idOf, seedOf } from './organisation.ts';
import { type Line, type Stage, type Visitor, founded, inList, newShelf, newVisitor, openStage, settled } from './stage.ts';

const entriesOf = ({ workplace }: Stage, { id }: Visitor) => workplace.board.open.get(id)!.conversation.entries;
const textsOf = (stage: Stage, visitor: Visitor) => entriesOf(stage, visitor).map(({ text }) => text);
const kindsOf = async (line: Line, { key }: Visitor) =>
  Promise.all(line.stored.map(async (frame) => (await openFrame(key, frame)).content.kind));

/** A conversation that this counsellor has just taken. */
async function taken(words: readonly string[] = ['Hej']): Promise<readonly [Stage, Visitor, Line]> {
  const organisation = await founded;
  const [stage, visitor] = [await openStage(organisation), await newVisitor(organisation)];
  const line = stage.line();
  line.tells({ t: 'conversations', waiting: [inList(visitor, 'waiting', 3)], mine: [] });
  stage.workplace.take(visitor.id);
  line.tells(visitor.opening(words.length));
  for (const [i, word] of words.entries()) line.delivers(i + 1, await visitor.say(word));
  line.tells({ t: 'phase', conversation: visitor.id, phase: 'active' });
  line.tells({ t: 'conversations', waiting: [], mine: [inList(visitor)] });
  await settled();
  return [stage, visitor, line];
}

/** Accept the only frame on its way, as long as there is one. */
async function acceptAll(line: Line, from: number): Promise<number> {
  let seq = from;
  for (let next = 0; next < line.stored.length; next++) {
    line.accepts(line.stored[next]!, seq++);
    await settled();
  }
  return seq;
}

test('taking opens the conversation, shows it, and says at once who has come', async () => {
  const [stage, visitor, line] = await taken(['Hej', 'Är någon där?']);
  assert.deepEqual(line.controls.map(({ t }) => t), ['watch', 'take']);
  assert.equal(stage.workplace.board.shown, visitor.id);
  assert.deepEqual(stage.workplace.board.open.get(visitor.id)!.seal, { desk: 'Orostelefonen', epoch: 2, older: false, member: 'Anna' });
  assert.deepEqual(textsOf(stage, visitor), ['Hej', 'Är någon där?']);
  assert.deepEqual(await kindsOf(line, visitor), [Kind.introduction]);
});

test('the visitor believes the introduction and the answers after it', async () => {
  const [stage, visitor, line] = await taken();
  stage.workplace.say(visitor.id, 'Välkommen');
  await settled();
  await acceptAll(line, 2);
  const heard = [];
  for (const frame of line.stored) heard.push(await visitor.transcript.hear(frame, TODAY));
  assert.deepEqual(heard.flatMap(({ anomalies }) => anomalies), []);
  assert.deepEqual(heard.flatMap(({ messages }) => messages.map(({ author, text }) => [author, text])), [['Anna', ''], ['Anna', 'Välkommen']]);
  assert.equal(entriesOf(stage, visitor).at(-1)!.state, 'accepted');
  assert.equal(stage.unaccepted.count, 0);
});

test('what was written before the claim has no time of day, what comes after has', async () => {
  const [stage, visitor, line] = await taken();
  line.delivers(2, await visitor.say('Hallå'));
  await settled();
  assert.deepEqual(entriesOf(stage, visitor).map(({ clock }) => clock), ['', '12:00']);
});

test('somebody faster is told kindly and changes nothing else', async () => {
  const organisation = await founded;
  const [stage, visitor] = [await openStage(organisation), await newVisitor(organisation)];
  stage.workplace.take(visitor.id);
  stage.line().tells({ t: 'refused', code: 'taken', conversation: visitor.id, instance: '', counter: 0 });
  assert.deepEqual(stage.workplace.board.notice, { key: 'refusal.taken', conversation: visitor.id });
  stage.line().tells(visitor.opening(0));
  await settled();
  assert.equal(stage.workplace.board.shown, '');
});

test('after a reload what is mine is read from the start, and the introduction waits for a word', async () => {
  const organisation = await founded;
  const [stage, visitor] = [await openStage(organisation), await newVisitor(organisation)];
  const line = stage.line();
  line.tells({ t: 'conversations', waiting: [], mine: [inList(visitor)] });
  line.tells({ t: 'conversations', waiting: [], mine: [inList(visitor)] });
  assert.deepEqual(line.said('read'), [{ t: 'read', conversation: visitor.id, after: 0 }]);
  line.tells(visitor.opening(0));
  await settled();
  assert.equal(line.stored.length, 0);
  stage.workplace.say(visitor.id, 'Jag är tillbaka');
  await settled();
  await acceptAll(line, 1);
  assert.deepEqual(await kindsOf(line, visitor), [Kind.introduction, Kind.text]);
});

test('sealed, unaccepted frames survive a reload and are sent again, byte for byte, then forgotten', async () => {
  const organisation = await founded;
  const shelf = newShelf();
  const [first, visitor] = [await openStage(organisation, shelf), await newVisitor(organisation)];
  first.line().tells({ t: 'conversations', waiting: [], mine: [inList(visitor)] });
  first.line().tells(visitor.opening(0));
  await settled();
  first.workplace.say(visitor.id, 'Hemlig tröst');
  await settled();
  const before = first.line().stored;
  assert.equal(first.unaccepted.count, 2);
  first.workplace.stop();

  const second = await openStage(organisation, shelf);
  second.line().tells({ t: 'conversations', waiting: [], mine: [inList(visitor)] });
  second.line().tells(visitor.opening(0));
  await settled();
  await acceptAll(second.line(), 1);
  assert.deepEqual(second.line().stored[0], before[0]);
  assert.equal(second.line().stored.length, 2);
  assert.deepEqual(textsOf(second, visitor), ['Hemlig tröst']);
  assert.equal(second.unaccepted.count, 0);
  assert.deepEqual(JSON.parse(shelf.kept.get('sluss-unaccepted')!), []);
});

test('a frame that was committed before the reload is not shown or sent as another', async () => {
  const organisation = await founded;
  const shelf = newShelf();
  const [first, visitor] = [await openStage(organisation, shelf), await newVisitor(organisation)];
  first.line().tells({ t: 'conversations', waiting: [], mine: [inList(visitor)] });
  first.line().tells(visitor.opening(0));
  await settled();
  first.workplace.say(visitor.id, 'Kom fram');
  await settled();
  first.line().accepts(first.line().stored[0]!, 1);
  await settled();
  const committed = first.line().stored;
  first.workplace.stop();

  const second = await openStage(organisation, shelf);
  second.line().tells({ t: 'conversations', waiting: [], mine: [inList(visitor)] });
  second.line().tells(visitor.opening(2));
  for (const [i, frame] of committed.entries()) second.line().delivers(i + 1, frame);
  await settled();
  const { entries, anomalies } = second.workplace.board.open.get(visitor.id)!.conversation;
  assert.deepEqual(entries.map(({ text, state }) => [text, state]), [['Kom fram', 'accepted']]);
  assert.deepEqual(anomalies, []);
  assert.equal(second.line().stored.length, 0);
  assert.equal(second.unaccepted.count, 0);
});

test('nothing readable is kept: the shelf has sealed frames only', async () => {
  const organisation = await founded;
  const shelf = newShelf();
  const [stage, visitor] = [await openStage(organisation, shelf), await newVisitor(organisation)];
  stage.line().tells({ t: 'conversations', waiting: [], mine: [inList(visitor)] });
  stage.line().tells(visitor.opening(0));
  await settled();
  stage.workplace.draft(visitor.id, 'canary draft');
  stage.workplace.say(visitor.id, 'canary text');
  await settled();
  const kept = [...shelf.kept.values()].join();
  assert.match(kept, /^\["[\w-]{1366}","[\w-]{1366}"\]$/);
  for (const secret of ['canary', toBase64url(visitor.key)]) assert.ok(!kept.includes(secret));
  assert.ok(!kept.includes(toBase64url(new TextEncoder().encode('canary text'))));
});

test('a broken line is told; when it is back the rest is read on, and what was written meanwhile goes', async () => {
  const [stage, visitor, line] = await taken();
  await acceptAll(line, 2);
  line.breaks();
  assert.equal(stage.workplace.board.line, 'lost');
  assert.equal(stage.lost(), 1);
  stage.workplace.say(visitor.id, 'Skrivet utan förbindelse');
  await settled();
  const back = stage.reconnect();
  assert.equal(stage.workplace.board.line, 'open');
  assert.deepEqual(back.said('read'), [{ t: 'read', conversation: visitor.id, after: 2 }]);
  back.tells(visitor.opening(3));
  back.delivers(3, await visitor.say('Är du där?'));
  await settled();
  assert.deepEqual(textsOf(stage, visitor), ['Hej', 'Skrivet utan förbindelse', 'Är du där?']);
  assert.deepEqual(await kindsOf(back, visitor), [Kind.text]);
});

test('closing waits until the farewell is accepted, and is asked for once', async () => {
  const [stage, visitor, line] = await taken();
  stage.workplace.close(visitor.id, 'Ta hand om dig');
  await settled();
  assert.deepEqual(line.said('close'), []);
  await acceptAll(line, 2);
  assert.deepEqual(line.said('close'), [{ t: 'close', conversation: visitor.id }]);
  assert.deepEqual(await kindsOf(line, visitor), [Kind.introduction, Kind.farewell]);
  line.tells({ t: 'phase', conversation: visitor.id, phase: 'closed' });
  line.tells({ t: 'conversations', waiting: [], mine: [] });
  await settled();
  assert.deepEqual(rows(stage.workplace.board).map(({ phase }) => phase), ['closed']);
});

test('closing without last words still says goodbye under seal, and survives a broken line', async () => {
  const [stage, visitor, line] = await taken();
  await acceptAll(line, 2);
  stage.workplace.close(visitor.id, '');
  await settled();
  line.breaks();
  const back = stage.reconnect();
  back.tells(visitor.opening(2));
  await settled();
  back.accepts(back.stored[0]!, 3);
  await settled();
  assert.deepEqual(await kindsOf(back, visitor), [Kind.farewell]);
  assert.equal(back.said('close').length, 1);
});

test('a deleted conversation leaves nothing on the page', async () => {
  const [stage, visitor, line] = await taken();
  stage.workplace.draft(visitor.id, 'half');
  line.tells({ t: 'phase', conversation: visitor.id, phase: 'shredded' });
  await settled();
  const open = stage.workplace.board.open.get(visitor.id)!;
  assert.deepEqual([open.fault, open.conversation.entries, open.draft], ['shredded', [], '']);
  assert.equal(stage.unaccepted.count, 0);
});

test('an opening under an older epoch opens and is said to be older', async () => {
  const organisation = await founded;
  const [stage, visitor] = [await openStage(organisation), await newVisitor(organisation, 1)];
  stage.line().tells(visitor.opening(0));
  await settled();
  assert.equal(stage.workplace.board.open.get(visitor.id)!.seal!.older, true);
});

for (const [what, change, fault] of [
  ['an epoch that we hold no seed of', { epoch: 9 }, 'no-key'],
  ["another desk's", { desk: toBase64url(idOf('another desk')) }, 'no-key'],
  ['our other epoch than the wrap is for', { epoch: 1 }, 'no-key'],
  ['a shortened stub', { stub: 'AAAA' }, 'tampered'],
  ['another conversation', { conversation: toBase64url(idOf('another')) }, 'tampered'],
] as const)
  test(`an opening is refused: ${what}`, async () => {
    const organisation = await founded;
    const [stage, visitor] = [await openStage(organisation), await newVisitor(organisation)];
    const opening = visitor.opening(0, change);
    stage.line().tells(opening);
    await settled();
    const open = stage.workplace.board.open.get(opening.conversation)!;
    assert.deepEqual([open.fault, open.seal], [fault, null]);
  });

test('a changed sealed part of the opening is tampered', async () => {
  const organisation = await founded;
  const [stage, visitor] = [await openStage(organisation), await newVisitor(organisation)];
  const { sealed } = visitor.opening(0);
  stage.line().tells(visitor.opening(0, { sealed: `${sealed.slice(0, 99)}${sealed[99] === 'A' ? 'B' : 'A'}${sealed.slice(100)}` }));
  await settled();
  assert.equal(stage.workplace.board.open.get(visitor.id)!.fault, 'tampered');
});

test('a forged wrap of another conversation key, sealed to the right desk, is tampered', async () => {
  const organisation = await founded;
  const [stage, visitor] = [await openStage(organisation), await newVisitor(organisation)];
  const desk = { kind: 'desk-epoch', id: idOf('desk'), pk: await publicKey(seedOf('epoch 2')) } as const;
  const forged = await wrap(organisation.org, 'K', fromBase64url(visitor.id), 1, desk, seedOf('forged'));
  stage.line().tells(visitor.opening(0, { wrap: toBase64url(forged) }));
  await settled();
  assert.equal(stage.workplace.board.open.get(visitor.id)!.fault, 'tampered');
});

const anomaliesOf = ({ workplace }: Stage, { id }: Visitor) =>
  workplace.board.open.get(id)!.conversation.anomalies.map(({ kind }) => kind);

test('a held back frame is a gap until it comes', async () => {
  const [stage, visitor, line] = await taken();
  const [held, after] = [await visitor.say('ett'), await visitor.say('två')];
  line.delivers(2, after);
  await settled();
  assert.deepEqual(anomaliesOf(stage, visitor), ['gap']);
  line.delivers(3, held);
  await settled();
  assert.deepEqual(anomaliesOf(stage, visitor), []);
  assert.deepEqual(textsOf(stage, visitor), ['Hej', 'ett', 'två']);
});

test('a changed frame is tampered, a replayed one a repeat, and neither is shown', async () => {
  const [stage, visitor, line] = await taken();
  const frame = await visitor.say('ett');
  const changed = frame.slice();
  changed[500]! ^= 1;
  line.delivers(2, changed);
  line.delivers(3, frame);
  line.delivers(4, frame);
  await settled();
  assert.deepEqual(anomaliesOf(stage, visitor), ['tampered', 'repeat']);
  assert.deepEqual(textsOf(stage, visitor), ['Hej', 'ett']);
});

test('frames of other conversations, and bytes that are no frames, reach nobody', async () => {
  const organisation = await founded;
  const [stage, visitor, line] = await taken();
  const stranger = await newVisitor(organisation, 2, 'stranger');
  line.delivers(2, await stranger.say('inte hit'));
  line.delivers(3, new Uint8Array(1024));
  await settled();
  assert.deepEqual(textsOf(stage, visitor), ['Hej']);
  assert.equal(stage.workplace.board.open.size, 1);
  assert.equal(stage.workplace.board.notice!.key, 'notice.garbage');
});

test('a refused frame is shown as such and not kept for the next page', async () => {
  const [stage, visitor, line] = await taken();
  await acceptAll(line, 2);
  stage.workplace.say(visitor.id, 'för sent');
  await settled();
  const { instance, counter } = parseFrameHeader(line.stored.at(-1)!);
  line.tells({ t: 'refused', code: 'not-now', conversation: visitor.id, instance: toBase64url(instance), counter });
  await settled();
  assert.equal(entriesOf(stage, visitor).at(-1)!.state, 'refused');
  assert.equal(stage.unaccepted.count, 0);
});

test('a conversation that is not ours any more is gone from the page', async () => {
  const [stage, visitor, line] = await taken();
  line.tells({ t: 'refused', code: 'unknown', conversation: visitor.id, instance: '', counter: 0 });
  await settled();
  const { fault, conversation } = stage.workplace.board.open.get(visitor.id)!;
  assert.deepEqual([fault, conversation.entries], ['gone', []]);
});

test('stopping forgets every session', async () => {
  const [stage, visitor, line] = await taken();
  stage.workplace.stop();
  const frames = line.frames.length;
  stage.workplace.say(visitor.id, 'efter');
  await settled();
  assert.equal(line.frames.length, frames);
});
