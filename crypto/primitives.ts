/** The four raw operations, all WebCrypto's own: HKDF-SHA256, AES-256-GCM, and Ed25519 both ways. */
import { type Bytes, concat, fromBase64url, sized, utf8 } from './binding.ts';
import { Malformed, Tampered } from './failure.ts';

const KEY = 32;
const TAG = 16;
const SIGNATURE = 64;

/** The fixed head of every Ed25519 private key in PKCS #8, the only private form WebCrypto takes besides JWK. */
const PKCS8_HEAD: Bytes = Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32);

const subtle = () => crypto.subtle;

/** HKDF-SHA256, 32 bytes out. */
export async function hkdf(key: Bytes, salt: string | Bytes, info: Bytes): Promise<Bytes> {
  const base = await subtle().importKey('raw', key, 'HKDF', false, ['deriveBits']);
  const saltBytes = typeof salt === 'string' ? utf8(salt) : salt;
  return new Uint8Array(await subtle().deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: saltBytes, info }, base, 256));
}

const gcmKey = (key: Bytes, usage: 'encrypt' | 'decrypt') =>
  subtle().importKey('raw', sized(key, KEY), 'AES-GCM', false, [usage]);

/** Ciphertext and tag. The caller's format must never bring the same key and nonce twice. */
export async function gcmSeal(key: Bytes, nonce: Bytes, plaintext: Bytes, aad: Bytes): Promise<Bytes> {
  const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: aad };
  return new Uint8Array(await subtle().encrypt(algorithm, await gcmKey(key, 'encrypt'), plaintext));
}

/** The plaintext; malformed when there is no room for a tag, tampered when the tag does not hold. */
export async function gcmOpen(key: Bytes, nonce: Bytes, sealed: Bytes, aad: Bytes): Promise<Bytes> {
  if (sealed.length < TAG) throw new Malformed('tag');
  const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: aad };
  const imported = await gcmKey(key, 'decrypt');
  try {
    return new Uint8Array(await subtle().decrypt(algorithm, imported, sealed));
  } catch {
    throw new Tampered('tag');
  }
}

/** An Ed25519 key made ready once: importing and deriving cost more than signing. */
export class SigningKey {
  readonly publicKey: Bytes;
  readonly #key: CryptoKey;

  private constructor(publicKey: Bytes, key: CryptoKey) {
    this.publicKey = publicKey;
    this.#key = key;
  }

  static async fromSeed(seed: Bytes): Promise<SigningKey> {
    const key = await subtle().importKey('pkcs8', concat(PKCS8_HEAD, sized(seed, KEY)), 'Ed25519', true, ['sign']);
    // WebCrypto has no call that gives the public half, but a private JWK must carry it.
    const { x } = await subtle().exportKey('jwk', key);
    return new SigningKey(fromBase64url(x ?? ''), key);
  }

  async sign(message: Bytes): Promise<Bytes> {
    return new Uint8Array(await subtle().sign('Ed25519', this.#key, message));
  }
}

export const signingPublic = async (seed: Bytes): Promise<Bytes> => (await SigningKey.fromSeed(seed)).publicKey;

export const sign = async (seed: Bytes, message: Bytes): Promise<Bytes> =>
  (await SigningKey.fromSeed(seed)).sign(message);

/** Nothing when the signature holds, tampered when it does not. */
export async function verify(pk: Bytes, signature: Bytes, message: Bytes): Promise<void> {
  sized(pk, KEY);
  sized(signature, SIGNATURE);
  let holds = false;
  try {
    holds = await subtle().verify(
      'Ed25519',
      await subtle().importKey('raw', pk, 'Ed25519', false, ['verify']),
      signature,
      message,
    );
  } catch {
    // Engines differ in whether a point off the curve fails at import or at verifying: either way nothing is signed.
  }
  if (!holds) throw new Tampered('signature');
}
