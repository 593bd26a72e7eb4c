/** HPKE with X-Wing, through the one file that knows the library, so that it can be swapped. */
import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import { type Bytes, concat } from './binding.ts';
import { Malformed, NotForThisKey } from './failure.ts';

const SEED = 32;
export const PUBLIC_LENGTH = 1216;
const ENCAPSULATION = 1120;
const TAG = 16;

const kem = new XWing();
const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });

function wholeSeed(seed: Bytes): Bytes {
  if (seed.length !== SEED) throw new Malformed('seed');
  // The library looks at the buffer under a view.
  return seed.slice();
}

/** A new private key. */
export const generateSeed = (): Bytes => crypto.getRandomValues(new Uint8Array(SEED));

/** The public key of a seed: ML-KEM ‖ X25519, 1,216 bytes. Never `deriveKeyPair`: libraries disagree about it. */
export async function publicKey(seed: Bytes): Promise<Bytes> {
  const pair = await kem.generateKeyPairDerand(wholeSeed(seed));
  return new Uint8Array(await kem.serializePublicKey(pair.publicKey));
}

/** Seal to a public key: enc ‖ ciphertext ‖ tag, 1,136 bytes more than the secret. All binding is in `info`. */
export async function seal(pk: Bytes, info: Bytes, secret: Bytes): Promise<Bytes> {
  if (pk.length !== PUBLIC_LENGTH) throw new Malformed('public key');
  try {
    const recipientPublicKey = await kem.deserializePublicKey(pk);
    const { enc, ct } = await suite.seal({ recipientPublicKey, info }, secret);
    return concat(new Uint8Array(enc), new Uint8Array(ct));
  } catch {
    // The only thing that can fail here is the key: ML-KEM coefficients out of range, an X25519 point of small order.
    throw new Malformed('public key');
  }
}

/** What was sealed to this seed, or not for this key: HPKE cannot tell a wrong key from changed bytes. */
export async function openSealed(seed: Bytes, info: Bytes, sealed: Bytes): Promise<Bytes> {
  const recipientSeed = wholeSeed(seed);
  if (sealed.length < ENCAPSULATION + TAG) throw new Malformed('sealed');
  try {
    const recipientKey = await kem.deserializePrivateKey(recipientSeed);
    const enc = sealed.slice(0, ENCAPSULATION);
    return new Uint8Array(await suite.open({ recipientKey, enc, info }, sealed.slice(ENCAPSULATION)));
  } catch {
    throw new NotForThisKey('sealed');
  }
}
