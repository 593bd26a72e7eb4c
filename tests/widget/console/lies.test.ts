/** A server that lies to the counsellor: what it swaps, forges, holds back or replays is refused or shown, case by case. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBase64url, toBase64url } from '../../../crypto/binding.ts';
import { publicKey } from '../../../crypto/hpke.ts';
import { wrap } from '../../../crypto/wrap.ts';
import { idOf, seedOf } from './organisation.ts';
import { anomaliesOf, founded, newVisitor, openStage, settled, taken, textsOf } from './stage.ts';

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
  stage
    .line()
    .tells(
      visitor.opening(0, { sealed: `${sealed.slice(0, 99)}${sealed[99] === 'A' ? 'B' : 'A'}${sealed.slice(100)}` }),
    );
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
