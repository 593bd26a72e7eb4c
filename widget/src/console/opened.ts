/** A conversation taken apart with the keyring: who may open it is decided by keys, never by the server's word. */
import { type Bytes, equal, fromBase64url, toBase64url } from '../../../crypto/binding.ts';
import { CryptoError, NotForThisKey, Tampered } from '../../../crypto/failure.ts';
import { openOpening } from '../../../crypto/opening.ts';
import { Sender, type SenderPlace, newInstance } from '../../../crypto/sender.ts';
import { STAFF } from '../../../crypto/shapes.ts';
import { Transcript } from '../../../crypto/transcript.ts';
import type { Opening } from '../wire.ts';
import type { Fault, Seal } from './board.ts';
import type { Keyring, OpenDesk } from './keyring.ts';

/** The visitor's own key; later generations begin with the issue on the queue. */
const FIRST_GENERATION = 1;

/** All that the session of a conversation is made of. */
export interface Unsealed {
  readonly transcript: Transcript;
  readonly sender: Sender;
  readonly seal: Seal;
  readonly desk: OpenDesk;
}

function deskOf({ desks }: Keyring, { desk, epoch }: Opening) {
  const own = desks.get(desk);
  const key = own?.epochs.get(epoch);
  if (!own || !key) throw new NotForThisKey('desk');
  return { own, key };
}

/** K, the visitor's key and everything that follows from them. */
export async function unseal(keyring: Keyring, opening: Opening): Promise<Unsealed> {
  const { own, key } = deskOf(keyring, opening);
  const [stub, wrapped, rest] = [opening.stub, opening.wrap, opening.sealed].map(fromBase64url) as [
    Bytes,
    Bytes,
    Bytes,
  ];
  const { conversation, key: k, visitorPk } = await openOpening(keyring.org, stub, wrapped, rest, key, key.seed);
  if (!equal(conversation, fromBase64url(opening.conversation))) throw new Tampered('conversation');
  const place: SenderPlace = { conversation, generation: FIRST_GENERATION, direction: STAFF, instance: newInstance() };
  return {
    transcript: new Transcript(keyring.pin, key.desk, conversation, [[FIRST_GENERATION, k]], visitorPk),
    sender: new Sender(place, k, keyring.signer),
    seal: { desk: own.name, epoch: key.epoch, older: key.epoch < own.newest, member: own.claim.name },
    desk: own,
  };
}

/** Which sentence a failed opening gets; a bug is thrown on. */
export function faultOf(error: unknown): Fault {
  if (error instanceof NotForThisKey) return 'no-key';
  if (error instanceof CryptoError) return 'tampered';
  throw error;
}

/** The organisation's fingerprint, for comparing by eye. */
export const fingerprint = ({ org }: Keyring): string => toBase64url(org);
