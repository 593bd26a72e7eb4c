/** What is checked before anything else: pin, delegation, the desk's statement, its key. No word to an unproven desk. */
import { type Bytes, EMPTY, equal, fromBase64url } from '../../../crypto/binding.ts';
import { Tampered } from '../../../crypto/failure.ts';
import { seal } from '../../../crypto/hpke.ts';
import type { DeskKey } from '../../../crypto/opening.ts';
import { type Pin, checkChain, checkKey, epochClaim, parsePin } from '../../../crypto/statement.ts';
import type { DeskKeys } from '../wire.ts';

/** A desk whose key was signed for, and under which pin. */
export interface TrustedDesk {
  readonly pin: Pin;
  /** False when the pin came from the same server as everything else: then it proves nothing against that server. */
  readonly pinned: boolean;
  readonly key: DeskKey;
}

const FRAGMENT = /^#root=(.*)$/;

/** The pin that the page was opened with; malformed if there is one that cannot be read, never silently none. */
export function pinOf(fragment: string): Pin | null {
  const [, text] = FRAGMENT.exec(fragment) ?? [];
  return text === undefined ? null : parsePin(text);
}

const anyOf = (org: Bytes): Pin => ({ org, serial: 0 });

/** The desk's key, or the reason why it must not be used (CryptoError). `today` in days since 1970. */
export async function trustDesk(fragment: string, desk: DeskKeys, today: number): Promise<TrustedDesk> {
  const org = fromBase64url(desk.org);
  const pinned = pinOf(fragment);
  const pin = pinned ?? anyOf(org);
  if (!equal(pin.org, org)) throw new Tampered('organisation');
  const id = fromBase64url(desk.desk);
  const delegation = fromBase64url(desk.delegation);
  const statement = await checkChain(pin, delegation, fromBase64url(desk.statement), 'desk-epoch', today);
  const claim = epochClaim(statement);
  if (!equal(statement.subject, id) || claim.epoch !== desk.epoch) throw new Tampered('desk');
  const pk = fromBase64url(desk.key);
  await checkKey(claim.keyHash, pk);
  // A key that nobody can seal to must be found before somebody has written something.
  await seal(pk, EMPTY, EMPTY);
  return { pin, pinned: pinned !== null, key: { desk: id, epoch: claim.epoch, pk } };
}

/** Groups of four are easier to compare with a poster. */
export const inGroups = (text: string): string => text.replace(/(.{4})(?=.)/g, '$1 ');
