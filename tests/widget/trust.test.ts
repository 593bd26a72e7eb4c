/** A lying server, as the visitor's page meets it: each lie is told, and none gets a text box. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { toBase64url } from '../../crypto/binding.ts';
import { CryptoError } from '../../crypto/failure.ts';
import { generateSeed, publicKey } from '../../crypto/hpke.ts';
import { SigningKey } from '../../crypto/primitives.ts';
import { inGroups, pinOf, trustDesk } from '../../widget/src/visitor/trust.ts';
import type { DeskKeys } from '../../widget/src/wire.ts';
import { TODAY, coordinator, org, random, statement } from '../crypto/world.ts';
import { EPOCH, delegationTo, deskKeys, deskPk, epochStatement, fragment } from './desk.ts';

const stranger = await SigningKey.fromSeed(random(32));
const otherPk = await publicKey(generateSeed());
const noKey = new Uint8Array(1216).fill(255);

test('a desk whose chain holds is trusted, under the pin that the page was opened with', async () => {
  const desk = await trustDesk(fragment, deskKeys, TODAY);
  assert.ok(desk.pinned);
  assert.deepEqual([desk.key.pk, desk.key.epoch, desk.pin.serial], [deskPk, EPOCH, 1]);
});

test('without a fragment the chain is checked all the same, and nothing is claimed', async () => {
  const desk = await trustDesk('', deskKeys, TODAY);
  assert.ok(!desk.pinned);
  assert.deepEqual(desk.pin, { org, serial: 0 });
  await assert.rejects(trustDesk('', { ...deskKeys, key: toBase64url(otherPk) }, TODAY), CryptoError);
});

const LIES: readonly (readonly [string, Partial<DeskKeys>])[] = [
  ['another organisation', { org: toBase64url(random(32)) }],
  ['another root', { delegation: await delegationTo(coordinator, 1, stranger) }],
  ['a coordinator whom the root never named', { statement: await epochStatement({ issuer: stranger }) }],
  ['a delegation that is older than the pin', { delegation: await delegationTo(coordinator, 0) }],
  ['a key that nobody signed', { key: toBase64url(otherPk) }],
  ['a statement about another desk', { statement: await epochStatement({ subject: random(16) }) }],
  ['a statement about another epoch', { statement: await epochStatement({ epoch: EPOCH + 1 }) }],
  ['another epoch than the statement says', { epoch: EPOCH + 1 }],
  ["a counsellor's statement for the desk's", { statement: toBase64url(statement) }],
  ['a statement that has run out', { statement: await epochStatement({ notAfter: TODAY - 3 }) }],
  ['half a statement', { statement: deskKeys.statement.slice(0, 200) }],
  ['no base64url', { statement: '=' }],
  ['no key', { key: '' }],
  ['a signed key that nobody can seal to', { key: toBase64url(noKey), statement: await epochStatement({ pk: noKey }) }],
];

for (const [name, lie] of LIES)
  test(`refused: ${name}`, async () => {
    await assert.rejects(trustDesk(fragment, { ...deskKeys, ...lie }, TODAY), CryptoError);
  });

test('a changed signature is refused', async () => {
  const raw = Buffer.from(deskKeys.statement, 'base64url');
  raw[raw.length - 1]! ^= 1;
  await assert.rejects(trustDesk(fragment, { ...deskKeys, statement: raw.toString('base64url') }, TODAY), CryptoError);
});

test('a pin that cannot be read is refused, not taken for none', () => {
  for (const text of ['#root=', '#root=x', `${fragment}.1`, `#root=${'A'.repeat(43)}`, '#root=a.b'])
    assert.throws(() => pinOf(text), CryptoError, text);
  assert.equal(pinOf(''), null);
});

test('a fingerprint is read in groups', () => {
  assert.equal(inGroups('abcdefghij'), 'abcd efgh ij');
});
