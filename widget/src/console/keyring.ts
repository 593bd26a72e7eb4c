/** A counsellor's keys: opened by the password, checked against what the organisation signed, held in memory only. */
import { type Bytes, equal, fromBase64url, toBase64url } from '../../../crypto/binding.ts';
import { CryptoError } from '../../../crypto/failure.ts';
import { publicKey } from '../../../crypto/hpke.ts';
import { keyEncryptionKey, loginSecret, passwordRoot, unwrapMemberKeys } from '../../../crypto/member.ts';
import type { DeskKey } from '../../../crypto/opening.ts';
import { SigningKey } from '../../../crypto/primitives.ts';
import {
  type MemberClaim,
  type Pin,
  type Statement,
  type StatementType,
  checkChain,
  checkDelegation,
  checkKey,
  epochClaim,
  memberClaim,
} from '../../../crypto/statement.ts';
import { unwrap } from '../../../crypto/wrap.ts';
import type { EpochKey, Me, MemberDesk, SaltAnswer } from '../wire.ts';
import type { SerialBook } from './serials.ts';

/** Each check that can fail, by the name under which the catalogues have its sentence. */
export const CHECKS = [
  'answer',
  'organisation',
  'password',
  'member-wrap',
  'member-statement',
  'member-expired',
  'member-serial',
  'member-key',
  'epoch-statement',
  'epoch-expired',
  'epoch-serial',
  'epoch-wrap',
  'epoch-key',
  'no-desk',
] as const;
export type Check = (typeof CHECKS)[number];

/** The keys stay locked: which check failed, and at which desk. */
export class Locked extends Error {
  readonly check: Check;
  readonly desk: string;

  constructor(check: Check, desk = '') {
    super(check);
    this.check = check;
    this.desk = desk;
  }
}

/** A desk epoch that opens: what was signed about it, and its seed. */
export interface OpenEpoch extends DeskKey {
  readonly seed: Bytes;
}

/** One desk of the member: who the member is there, and the epochs whose conversations can be opened. */
export interface OpenDesk {
  readonly id: string;
  readonly name: string;
  readonly claim: MemberClaim;
  readonly delegation: Bytes;
  readonly statement: Bytes;
  readonly newest: number;
  readonly epochs: ReadonlyMap<number, OpenEpoch>;
}

export interface Keyring {
  readonly org: Bytes;
  readonly pin: Pin;
  readonly login: string;
  readonly signer: SigningKey;
  readonly desks: ReadonlyMap<string, OpenDesk>;
}

/** What only the member knows, made from the password; `root` is 32 bytes and never leaves the page. */
export interface Stretched {
  readonly org: Bytes;
  readonly login: string;
  readonly root: Bytes;
}

interface MemberKeys {
  readonly member: Bytes;
  readonly seed: Bytes;
  readonly pk: Bytes;
  readonly signer: SigningKey;
}

interface Ground {
  readonly pin: Pin;
  readonly keys: MemberKeys;
  readonly today: number;
  readonly serials: SerialBook;
}

/** Both desks and epochs come with a statement and the delegation above it. */
type Signed = Pick<MemberDesk, 'delegation' | 'statement'>;

/** A page that was told the organisation by its own password needs no lowest serial: it remembers the highest. */
const ANY_SERIAL = 0;

const DAY = 86_400_000;
/** Days since 1970-01-01. */
export const dayOf = (milliseconds: number): number => Math.floor(milliseconds / DAY);

/** Run one check; whatever cryptographic reason it fails for, it fails under this name. */
async function checking<T>(check: Check, desk: string, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof CryptoError) throw new Locked(check, desk);
    throw error;
  }
}

function demand(holds: boolean, check: Check, desk = ''): void {
  if (!holds) throw new Locked(check, desk);
}

/** Stretch the password under what the server says about it: about a second. */
export const stretch = (password: string, login: string, salt: SaltAnswer): Promise<Stretched> =>
  checking('answer', '', async () => {
    const org = fromBase64url(salt.org);
    return { org, login, root: await passwordRoot(password, org, login, fromBase64url(salt.random)) };
  });

/** What proves to the server that the password is known. */
export const signInSecret = async ({ root, org, login }: Stretched): Promise<string> =>
  toBase64url(await loginSecret(root, org, login));

async function openMemberKeys({ root, org, login }: Stretched, me: Me): Promise<MemberKeys> {
  demand(equal(fromBase64url(me.org), org) && me.login === login, 'organisation');
  const member = fromBase64url(me.member);
  const { xwingSeed: seed, edSeed } = await checking('password', '', async () => {
    const kek = await keyEncryptionKey(root, org, login);
    return unwrapMemberKeys(kek, org, member, me.key_generation, fromBase64url(me.key_wrap));
  });
  const pk = await publicKey(seed);
  demand(equal(pk, fromBase64url(me.key)), 'member-key');
  return { member, seed, pk, signer: await SigningKey.fromSeed(edSeed) };
}

/** The delegation and the statement under it, both of them valid for this organisation, whatever the day. */
async function readChain(pin: Pin, signed: Signed, type: StatementType): Promise<readonly [Statement, Statement]> {
  const delegation = fromBase64url(signed.delegation);
  const statement = await checkChain(pin, delegation, fromBase64url(signed.statement), type, null);
  return [await checkDelegation(pin, delegation, null), statement];
}

async function checkToday(
  { pin, today }: Ground,
  { delegation, statement }: Signed,
  type: StatementType,
): Promise<void> {
  await checkChain(pin, fromBase64url(delegation), fromBase64url(statement), type, today);
}

/** The member statement: valid here and now, about this member at this desk, and about the keys just opened. */
async function checkMember(ground: Ground, desk: MemberDesk): Promise<MemberClaim> {
  const { pin, keys, serials } = ground;
  const [delegation, statement, claim] = await checking('member-statement', desk.name, async () => {
    const [above, own] = await readChain(pin, desk, 'member');
    return [above, own, memberClaim(own)] as const;
  });
  const here = equal(statement.subject, keys.member) && equal(claim.desk, fromBase64url(desk.desk));
  demand(here, 'member-statement', desk.name);
  await checking('member-expired', desk.name, () => checkToday(ground, desk, 'member'));
  await checking('member-serial', desk.name, () => serials.admit(`member ${desk.desk}`, delegation, statement));
  await checking('member-key', desk.name, () => checkKey(claim.keyHash, keys.pk));
  demand(equal(claim.edPk, keys.signer.publicKey), 'member-key', desk.name);
  return claim;
}

/** The epoch's statement. An older epoch only reads what was opened under it: its life may be over, its chain not. */
async function checkEpoch(ground: Ground, desk: MemberDesk, epoch: EpochKey, newest: boolean): Promise<DeskKey> {
  const { pin, serials } = ground;
  const [delegation, statement, claim] = await checking('epoch-statement', desk.name, async () => {
    const [above, own] = await readChain(pin, epoch, 'desk-epoch');
    return [above, own, epochClaim(own)] as const;
  });
  const id = fromBase64url(desk.desk);
  demand(equal(statement.subject, id) && claim.epoch === epoch.epoch, 'epoch-statement', desk.name);
  if (newest) await checking('epoch-expired', desk.name, () => checkToday(ground, epoch, 'desk-epoch'));
  await checking('epoch-serial', desk.name, () => {
    serials.admit(`epoch ${desk.desk} ${epoch.epoch}`, statement);
    if (newest) serials.admit(`epoch ${desk.desk}`, delegation, statement);
  });
  const pk = fromBase64url(epoch.key);
  await checking('epoch-key', desk.name, () => checkKey(claim.keyHash, pk));
  return { desk: id, epoch: epoch.epoch, pk };
}

async function openEpoch(ground: Ground, desk: MemberDesk, epoch: EpochKey, newest: boolean): Promise<OpenEpoch> {
  const { pin, keys } = ground;
  const key = await checkEpoch(ground, desk, epoch, newest);
  const recipient = { kind: 'member', id: keys.member, pk: keys.pk } as const;
  const seed = await checking('epoch-wrap', desk.name, () =>
    unwrap(pin.org, 'desk-epoch', key.desk, key.epoch, recipient, keys.seed, fromBase64url(epoch.wrap)),
  );
  demand(equal(await publicKey(seed), key.pk), 'epoch-key', desk.name);
  return { ...key, seed };
}

async function openDesk(ground: Ground, desk: MemberDesk): Promise<OpenDesk> {
  const claim = await checkMember(ground, desk);
  const newest = Math.max(0, ...desk.epochs.map(({ epoch }) => epoch));
  const epochs = new Map<number, OpenEpoch>();
  for (const epoch of desk.epochs)
    epochs.set(epoch.epoch, await openEpoch(ground, desk, epoch, epoch.epoch === newest));
  return {
    id: desk.desk,
    name: desk.name,
    claim,
    delegation: fromBase64url(desk.delegation),
    statement: fromBase64url(desk.statement),
    newest,
    epochs,
  };
}

async function openAll(stretched: Stretched, me: Me, serials: SerialBook, today: number): Promise<Keyring> {
  const keys = await openMemberKeys(stretched, me);
  const pin: Pin = { org: stretched.org, serial: ANY_SERIAL };
  demand(me.desks.length > 0, 'no-desk');
  const desks = new Map<string, OpenDesk>();
  for (const desk of me.desks) desks.set(desk.desk, await openDesk({ pin, keys, today, serials }, desk));
  keys.seed.fill(0);
  return { org: pin.org, pin, login: me.login, signer: keys.signer, desks };
}

/** Open everything the member holds, or nothing: the first check that fails is thrown as `Locked`. */
export const unlock = (stretched: Stretched, me: Me, serials: SerialBook, today: number): Promise<Keyring> =>
  checking('answer', '', () => openAll(stretched, me, serials, today));

/** Overwrite every seed; the signing key goes with the last reference to it. */
export function wipe({ desks }: Keyring): void {
  for (const { epochs } of desks.values()) for (const { seed } of epochs.values()) seed.fill(0);
}
