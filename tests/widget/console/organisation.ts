/** An organisation in memory, as a ceremony makes it: root, coordinator, counsellor, one desk, two epochs. */
import { type Bytes, organisation, toBase64url } from '../../../crypto/binding.ts';
import { publicKey } from '../../../crypto/hpke.ts';
import { delegationPayload, epochPayload, makeStatement, memberPayload } from '../../../crypto/issue.ts';
import { keyEncryptionKey, wrapMemberKeys } from '../../../crypto/member.ts';
import { SigningKey } from '../../../crypto/primitives.ts';
import { wrap } from '../../../crypto/wrap.ts';
import type { Stretched } from '../../../widget/src/console/keyring.ts';
import type { EpochKey, Me, MemberDesk } from '../../../widget/src/wire.ts';

export const TODAY = 20_000;
const LIFE = 30;

export const seedOf = (name: string): Bytes => {
  const seed = new Uint8Array(32);
  seed.set(new TextEncoder().encode(name).slice(0, 32));
  return seed;
};
export const idOf = (name: string): Bytes => seedOf(name).slice(0, 16);

/** What a test may bend: who signs, about whom, from when, and what lies beside the statement. */
export interface Bend {
  readonly serial?: number;
  readonly notAfter?: number;
  readonly member?: Bytes;
  readonly memberSeed?: Bytes;
  readonly desk?: Bytes;
  readonly epochDesk?: Bytes;
  readonly rootSeed?: Bytes;
}

export interface Organisation {
  readonly org: Bytes;
  readonly stretched: Stretched;
  readonly me: Me;
}

const EPOCHS = [1, 2];
const epochSeed = (epoch: number) => seedOf(`epoch ${epoch}`);

async function delegation(org: Bytes, rootSeed: Bytes): Promise<string> {
  const coordinator = await SigningKey.fromSeed(seedOf('coordinator'));
  const draft = { type: 'delegation', org, subject: idOf('coordinator'), serial: 1, ...life() } as const;
  const payload = delegationPayload(coordinator.publicKey);
  return toBase64url(await makeStatement(await SigningKey.fromSeed(rootSeed), { ...draft, payload }));
}

const life = (notAfter = TODAY + LIFE) => ({ notBefore: TODAY - LIFE, notAfter });

export async function memberStatement(org: Bytes, bend: Bend = {}): Promise<string> {
  const signer = await SigningKey.fromSeed(seedOf('member ed'));
  const pk = await publicKey(bend.memberSeed ?? seedOf('member xwing'));
  const payload = await memberPayload(bend.desk ?? idOf('desk'), 'counsellor', 'Anna', signer.publicKey, pk);
  const subject = bend.member ?? idOf('member');
  const draft = { type: 'member', org, subject, serial: bend.serial ?? 5, ...life(bend.notAfter), payload } as const;
  return toBase64url(await makeStatement(await SigningKey.fromSeed(seedOf('coordinator')), draft));
}

export async function epochStatement(org: Bytes, epoch: number, bend: Bend = {}): Promise<string> {
  const payload = await epochPayload(epoch, await publicKey(epochSeed(epoch)));
  const subject = bend.epochDesk ?? idOf('desk');
  const draft = {
    type: 'desk-epoch',
    org,
    subject,
    serial: bend.serial ?? epoch,
    ...life(bend.notAfter),
    payload,
  } as const;
  return toBase64url(await makeStatement(await SigningKey.fromSeed(seedOf('coordinator')), draft));
}

/** The seed of one epoch, sealed to the member (or to somebody else). */
export async function epochWrap(
  org: Bytes,
  epoch: number,
  seed = epochSeed(epoch),
  memberSeed = seedOf('member xwing'),
): Promise<string> {
  const recipient = { kind: 'member', id: idOf('member'), pk: await publicKey(memberSeed) } as const;
  return toBase64url(await wrap(org, 'desk-epoch', idOf('desk'), epoch, recipient, seed));
}

async function epochKey(org: Bytes, epoch: number, above: string): Promise<EpochKey> {
  return {
    epoch,
    delegation: above,
    statement: await epochStatement(org, epoch),
    key: toBase64url(await publicKey(epochSeed(epoch))),
    wrap: await epochWrap(org, epoch),
  };
}

export async function foundOrganisation(bend: Bend = {}): Promise<Organisation> {
  const rootSeed = bend.rootSeed ?? seedOf('root');
  const org = await organisation((await SigningKey.fromSeed(seedOf('root'))).publicKey);
  const above = await delegation(org, rootSeed);
  const desk: MemberDesk = {
    desk: toBase64url(idOf('desk')),
    slug: 'orostelefonen',
    name: 'Orostelefonen',
    country: 'SE',
    role: 'counsellor',
    delegation: above,
    statement: await memberStatement(org, bend),
    epochs: await Promise.all(EPOCHS.map((epoch) => epochKey(org, epoch, above))),
  };
  const stretched = { org, login: 'anna', root: seedOf('stretched') };
  const kek = await keyEncryptionKey(stretched.root, org, stretched.login);
  const seeds = [seedOf('member xwing'), seedOf('member ed')] as const;
  const wrapped = await wrapMemberKeys(kek, org, idOf('member'), 1, ...seeds, seedOf('nonce').slice(0, 12));
  const me: Me = {
    org: toBase64url(org),
    member: toBase64url(idOf('member')),
    login: stretched.login,
    random: toBase64url(idOf('random')),
    key_generation: 1,
    key_wrap: toBase64url(wrapped),
    key: toBase64url(await publicKey(seeds[0])),
    desks: [desk],
  };
  return { org, stretched, me };
}

/** The same answer of the server with something in its only desk, or in one epoch of it, replaced. */
export const withDesk = (me: Me, change: Partial<MemberDesk>): Me => ({
  ...me,
  desks: me.desks.map((desk) => ({ ...desk, ...change })),
});
export const withEpoch = (me: Me, epoch: number, change: Partial<EpochKey>): Me =>
  withDesk(me, {
    epochs: me.desks[0]!.epochs.map((one) => (one.epoch === epoch ? { ...one, ...change } : one)),
  });
