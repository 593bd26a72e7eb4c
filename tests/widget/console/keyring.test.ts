/** What the console opens, and everything it refuses to open though the server asks it to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBase64url } from '../../../crypto/binding.ts';
import { publicKey } from '../../../crypto/hpke.ts';
import { Locked, dayOf, signInSecret, stretch, unlock, wipe } from '../../../widget/src/console/keyring.ts';
import { SerialBook } from '../../../widget/src/console/serials.ts';
import type { Me } from '../../../widget/src/wire.ts';
import {
  type Organisation,
  TODAY,
  epochStatement,
  epochWrap,
  foundOrganisation,
  idOf,
  memberStatement,
  seedOf,
  withDesk,
  withEpoch,
} from './organisation.ts';

const founded = foundOrganisation();

const open = ({ stretched }: Organisation, me: Me, book = new SerialBook(), today = TODAY) =>
  unlock({ ...stretched, root: stretched.root.slice() }, me, book, today);

async function locked(check: string, change: (organisation: Organisation) => Me | Promise<Me>, today = TODAY) {
  const organisation = await founded;
  const opened = open(organisation, await change(organisation), new SerialBook(), today);
  await assert.rejects(opened, (error: unknown) => error instanceof Locked && error.check === check);
}

test('the right password opens the member keys, the desk and both its epochs', async () => {
  const organisation = await founded;
  const keyring = await open(organisation, organisation.me);
  const desk = keyring.desks.get(organisation.me.desks[0]!.desk)!;
  assert.equal(desk.claim.name, 'Anna');
  assert.equal(desk.newest, 2);
  assert.deepEqual([...desk.epochs.keys()], [1, 2]);
  assert.deepEqual(desk.epochs.get(2)!.seed, seedOf('epoch 2'));
});

test('wiping overwrites every seed', async () => {
  const organisation = await founded;
  const keyring = await open(organisation, organisation.me);
  const seeds = [...keyring.desks.values()].flatMap(({ epochs }) => [...epochs.values()].map(({ seed }) => seed));
  wipe(keyring);
  assert.ok(seeds.length === 2 && seeds.every((seed) => seed.every((byte) => byte === 0)));
});

test('the sign-in secret is what Python makes of the same password, and says nothing of the key that wraps', async () => {
  const salt = { org: toBase64url(seedOf('org')), random: toBase64url(idOf('random')) };
  const stretched = await stretch('åtta små grisar', 'anna', salt);
  assert.equal(
    Buffer.from(stretched.root).toString('hex'),
    'c0bd0b93a48e8a4b26b9cfd313fa0aeee461c7ea141a64cb7ccb0094582bc8e1',
  );
  assert.equal(await signInSecret(stretched), 'yAZxFaDX-vZq3WIplb8-k_x3M6wi5jgM9nB9EvQfxPw');
  const composed = await stretch('a\u030atta sma\u030a grisar', 'anna', salt);
  assert.deepEqual(composed.root, stretched.root);
});

test('a salt of the wrong shape is refused before anything is stretched', async () => {
  const salt = { org: toBase64url(seedOf('org')), random: 'AAAA' };
  await assert.rejects(
    stretch('x', 'anna', salt),
    (error: unknown) => error instanceof Locked && error.check === 'answer',
  );
});

test('another password does not open', async () => {
  const organisation = await founded;
  const stretched = { ...organisation.stretched, root: seedOf('another') };
  await assert.rejects(unlock(stretched, organisation.me, new SerialBook(), TODAY), { check: 'password' });
});

test('another organisation than the one the password was stretched under is refused', () =>
  locked('organisation', ({ me }) => ({ ...me, org: toBase64url(seedOf('another')) })));

test('a changed member key wrap is refused', () =>
  locked('password', ({ me }) => ({
    ...me,
    key_wrap: me.key_wrap.replace(/^./, (sign) => (sign === 'A' ? 'B' : 'A')),
  })));

test('a wrap of another key generation is refused', () =>
  locked('password', ({ me }) => ({ ...me, key_generation: 2 })));

test('a swapped member key beside the wrap is refused', () =>
  locked('member-key', async ({ me }) => ({ ...me, key: toBase64url(await publicKey(seedOf('another'))) })));

test('a member statement about a swapped key is refused', () =>
  locked('member-key', async ({ me, org }) =>
    withDesk(me, { statement: await memberStatement(org, { memberSeed: seedOf('another') }) }),
  ));

test('the member statement of a colleague is refused', () =>
  locked('member-statement', async ({ me, org }) =>
    withDesk(me, { statement: await memberStatement(org, { member: idOf('colleague') }) }),
  ));

test('a member statement for another desk is refused', () =>
  locked('member-statement', async ({ me, org }) =>
    withDesk(me, { statement: await memberStatement(org, { desk: idOf('another desk') }) }),
  ));

test('a delegation by a swapped root is refused', async () => {
  const swapped = await foundOrganisation({ rootSeed: seedOf('swapped') });
  await locked('member-statement', ({ me }) => withDesk(me, { delegation: swapped.me.desks[0]!.delegation }));
});

test('an expired member statement is refused under its own name', () =>
  locked('member-expired', async ({ me, org }) =>
    withDesk(me, { statement: await memberStatement(org, { notAfter: TODAY - 3 }) }),
  ));

test('a lower serial than one seen before is refused, also by the next visit', async () => {
  const organisation = await founded;
  const book = new SerialBook();
  await open(organisation, organisation.me, book);
  const kept = new SerialBook(JSON.parse(JSON.stringify(book.serialize())));
  const lower = withDesk(organisation.me, { statement: await memberStatement(organisation.org, { serial: 4 }) });
  await assert.rejects(open(organisation, lower, kept), { check: 'member-serial' });
  const lowerEpoch = withEpoch(organisation.me, 2, {
    statement: await epochStatement(organisation.org, 2, { serial: 1 }),
  });
  await assert.rejects(open(organisation, lowerEpoch, kept), { check: 'epoch-serial' });
});

test('older epochs beside the newest are no step back, however often they are seen', async () => {
  const organisation = await founded;
  const book = new SerialBook();
  for (const _ of [1, 2, 3]) await open(organisation, organisation.me, book);
});

test('the newest epoch left out is a step back', async () => {
  const organisation = await founded;
  const book = new SerialBook();
  await open(organisation, organisation.me, book);
  const older = withDesk(organisation.me, { epochs: organisation.me.desks[0]!.epochs.slice(0, 1) });
  await assert.rejects(open(organisation, older, book), { check: 'epoch-serial' });
});

test('an older epoch may have run out, the newest may not', async () => {
  const organisation = await founded;
  const notAfter = TODAY - 3;
  const older = withEpoch(organisation.me, 1, { statement: await epochStatement(organisation.org, 1, { notAfter }) });
  await open(organisation, older);
  await locked('epoch-expired', async ({ me, org }) =>
    withEpoch(me, 2, { statement: await epochStatement(org, 2, { notAfter }) }),
  );
});

test("another desk's epoch statement is refused", () =>
  locked('epoch-statement', async ({ me, org }) =>
    withEpoch(me, 2, { statement: await epochStatement(org, 2, { epochDesk: idOf('another desk') }) }),
  ));

test("another epoch's statement is refused", () =>
  locked('epoch-statement', async ({ me, org }) => withEpoch(me, 2, { statement: await epochStatement(org, 1) })));

test('a member statement in the place of an epoch statement is refused', () =>
  locked('epoch-statement', async ({ me, org }) => withEpoch(me, 2, { statement: await memberStatement(org) })));

test('a swapped desk key is refused', () =>
  locked('epoch-key', async ({ me }) => withEpoch(me, 2, { key: toBase64url(await publicKey(seedOf('another'))) })));

test('a forged wrap of another seed is refused', () =>
  locked('epoch-key', async ({ me, org }) => withEpoch(me, 2, { wrap: await epochWrap(org, 2, seedOf('forged')) })));

test('a wrap for somebody else is refused', () =>
  locked('epoch-wrap', async ({ me, org }) =>
    withEpoch(me, 2, { wrap: await epochWrap(org, 2, undefined, seedOf('another')) }),
  ));

test("another epoch's wrap is refused", () =>
  locked('epoch-wrap', async ({ me, org }) => withEpoch(me, 2, { wrap: await epochWrap(org, 1) })));

test('an answer without a desk opens nothing', () => locked('no-desk', ({ me }) => ({ ...me, desks: [] })));

test('an answer in no known spelling is refused as such', () => locked('answer', ({ me }) => ({ ...me, org: '?' })));

test('days are counted from 1970', () => assert.equal(dayOf(Date.UTC(1970, 0, 2, 12)), 1));
