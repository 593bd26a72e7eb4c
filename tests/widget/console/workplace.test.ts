/** A counsellor at work, against a server that answers and breaks off. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBase64url } from '../../../crypto/binding.ts';
import { Kind } from '../../../crypto/frame.ts';
import { parseFrameHeader } from '../../../crypto/shapes.ts';
import { rows } from '../../../widget/src/console/board.ts';
import { TODAY } from './organisation.ts';
import {
  type Line,
  anomaliesOf,
  entriesOf,
  founded,
  inList,
  kindsOf,
  newShelf,
  newVisitor,
  openStage,
  settled,
  taken,
  textsOf,
} from './stage.ts';

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
  assert.deepEqual(
    line.controls.map(({ t }) => t),
    ['watch', 'take'],
  );
  assert.equal(stage.workplace.board.shown, visitor.id);
  assert.deepEqual(stage.workplace.board.open.get(visitor.id)!.seal, {
    desk: 'Orostelefonen',
    epoch: 2,
    older: false,
    member: 'Anna',
  });
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
  assert.deepEqual(
    heard.flatMap(({ anomalies }) => anomalies),
    [],
  );
  assert.deepEqual(
    heard.flatMap(({ messages }) => messages.map(({ author, text }) => [author, text])),
    [
      ['Anna', ''],
      ['Anna', 'Välkommen'],
    ],
  );
  assert.equal(entriesOf(stage, visitor).at(-1)!.state, 'accepted');
  assert.equal(stage.unaccepted.count, 0);
});

test('what was written before the claim has no time of day, what comes after has', async () => {
  const [stage, visitor, line] = await taken();
  line.delivers(2, await visitor.say('Hallå'));
  await settled();
  assert.deepEqual(
    entriesOf(stage, visitor).map(({ clock }) => clock),
    ['', '12:00'],
  );
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
  assert.deepEqual(
    entries.map(({ text, state }) => [text, state]),
    [['Kom fram', 'accepted']],
  );
  assert.deepEqual(anomalies, []);
  assert.equal(second.line().stored.length, 0);
  assert.equal(second.unaccepted.count, 0);
});

test('what is sent again after a reload stands after history, and goes out only then', async () => {
  const organisation = await founded;
  const shelf = newShelf();
  const [first, visitor] = [await openStage(organisation, shelf), await newVisitor(organisation)];
  first.line().tells({ t: 'conversations', waiting: [], mine: [inList(visitor)] });
  first.line().tells(visitor.opening(0));
  await settled();
  first.workplace.say(visitor.id, 'ett');
  await settled();
  const seq = await acceptAll(first.line(), 1);
  first.workplace.say(visitor.id, 'två');
  await settled();
  const committed = first.line().stored.slice(0, seq - 1);
  first.workplace.stop();

  const second = await openStage(organisation, shelf);
  const question = await visitor.say('fråga');
  second.line().tells({ t: 'conversations', waiting: [], mine: [inList(visitor)] });
  second.line().tells(visitor.opening(seq));
  await settled();
  assert.equal(second.line().stored.length, 0);
  for (const [i, frame] of [...committed, question].entries()) second.line().delivers(i + 1, frame);
  await settled();
  assert.deepEqual(textsOf(second, visitor), ['ett', 'fråga', 'två']);
  assert.deepEqual(anomaliesOf(second, visitor), []);
  assert.deepEqual(second.line().stored, first.line().stored.slice(seq - 1));
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
  assert.deepEqual(
    rows(stage.workplace.board).map(({ phase }) => phase),
    ['closed'],
  );
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
