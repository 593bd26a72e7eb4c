/** A known answer for each borrowed operation, asked before a page takes anybody's words. */
import { type Bytes, bind, equal, sha256, toHex, utf8 } from './binding.ts';
import { openSealed, publicKey, seal } from './hpke.ts';
import { SigningKey, gcmOpen, gcmSeal, hkdf, verify } from './primitives.ts';

const ANSWER = 'c801f030a9e28ff5043e6efe6ee7318158d418e95daeae59e07e6546c8b57015';

/** The operations without randomness, their results in one hash. */
export async function knownAnswer(): Promise<Bytes> {
  const seed = await sha256(utf8('selftest/1'));
  const signer = await SigningKey.fromSeed(seed);
  const key = await hkdf(seed, 'selftest/1', seed);
  const sealed = await gcmSeal(key, key.slice(0, 12), seed, key);
  return sha256(bind(await publicKey(seed), signer.publicKey, await signer.sign(seed), key, sealed));
}

/** Nothing when this browser computes what others do, an error when it does not. */
export async function selfTest(): Promise<void> {
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const signer = await SigningKey.fromSeed(seed);
  await verify(signer.publicKey, await signer.sign(seed), seed);
  const sealed = await seal(await publicKey(seed), seed, seed);
  const opened = await openSealed(seed, seed, sealed);
  const nonce = seed.slice(0, 12);
  const again = await gcmOpen(opened, nonce, await gcmSeal(seed, nonce, seed, seed), seed);
  const known = toHex(await knownAnswer()) === ANSWER;
  if (!known || !equal(again, seed)) throw new Error('This browser computes something else.');
}
