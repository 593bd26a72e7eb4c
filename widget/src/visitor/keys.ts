/** What the first message makes: the conversation's keys and its opening, in memory and nowhere else. */
import { type Bytes, toBase64url } from '../../../crypto/binding.ts';
import { generateSeed, publicKey } from '../../../crypto/hpke.ts';
import { composeOpening } from '../../../crypto/opening.ts';
import { SigningKey } from '../../../crypto/primitives.ts';
import { type Action, signProof } from '../../../crypto/proof.ts';
import { Sender, type SenderPlace, newInstance } from '../../../crypto/sender.ts';
import { VISITOR } from '../../../crypto/shapes.ts';
import { Transcript } from '../../../crypto/transcript.ts';
import type { TrustedDesk } from './trust.ts';

const KEY_LENGTH = 32;
const FIRST_GENERATION = 1;
/** Where an opening says which conversation it opens. */
const ID = [1, 17] as const;

/** Proves that the conversation is ours; each signature is for one nonce and one deed. */
export interface Proof {
  readonly conversation: string;
  readonly key: string;
  readonly signature: string;
}

/** A conversation that nobody but this page knows of, until its opening is sent. */
export interface Begun {
  readonly conversation: string;
  readonly opening: Bytes;
  readonly sender: Sender;
  readonly transcript: Transcript;
  readonly prove: (action: Action, nonce: Bytes) => Promise<Proof>;
}

const randomKey = () => crypto.getRandomValues(new Uint8Array(KEY_LENGTH));

/** Fresh keys sealed to the desk. `origin` is what proofs are made out to. */
export async function begin({ pin, key: desk }: TrustedDesk, origin: string): Promise<Begun> {
  const key = randomKey();
  const visitor = await SigningKey.fromSeed(randomKey());
  // The live key receives later generations; as long as there are none, only its public half is of use.
  const livePk = await publicKey(generateSeed());
  const opening = await composeOpening(pin.org, key, visitor, livePk, [desk]);
  const id = opening.slice(...ID);
  const place: SenderPlace = { conversation: id, generation: FIRST_GENERATION, direction: VISITOR, instance: newInstance() };
  return {
    conversation: toBase64url(id),
    opening,
    sender: new Sender(place, key, visitor),
    transcript: new Transcript(pin, desk.desk, id, [[FIRST_GENERATION, key]], visitor.publicKey),
    prove: async (action, nonce) => ({
      conversation: toBase64url(id),
      key: toBase64url(visitor.publicKey),
      signature: toBase64url(await signProof(visitor, pin.org, origin, action, id, nonce)),
    }),
  };
}
