/** hpke.ts against independent code: noble's X-Wing, and RFC 9180's key schedule written out here. */
import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import test from 'node:test';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { ml_kem768_x25519 as kem } from '@noble/post-quantum/hybrid.js';
import { type Bytes, concat, u16, utf8 } from '../../crypto/binding.ts';
import { NotForThisKey } from '../../crypto/failure.ts';
import { generateSeed, openSealed, publicKey, seal } from '../../crypto/hpke.ts';

const ROUNDS = 8;
const ENCAPSULATION = 1120;
const TAG = 16;
const NOTHING: Bytes = new Uint8Array(0);

const SUITE = concat(utf8('HPKE'), u16(0x647a), u16(0x0001), u16(0x0002));
const labelled = (label: string, input: Bytes) => concat(utf8('HPKE-v1'), SUITE, utf8(label), input);
const labelledExtract = (salt: Uint8Array, label: string, input: Bytes): Bytes =>
  new Uint8Array(extract(sha256, labelled(label, input), salt));
const labelledExpand = (secret: Bytes, label: string, info: Bytes, length: number) =>
  expand(sha256, secret, concat(u16(length), labelled(label, info)), length);

function schedule(shared: Uint8Array, info: Bytes) {
  const idHash = labelledExtract(NOTHING, 'psk_id_hash', NOTHING);
  const context = concat(Uint8Array.of(0), idHash, labelledExtract(NOTHING, 'info_hash', info));
  const secret = labelledExtract(shared, 'secret', NOTHING);
  return {
    key: labelledExpand(secret, 'key', context, 32),
    nonce: labelledExpand(secret, 'base_nonce', context, 12),
  };
}

function oracleSeal(pk: Bytes, info: Bytes, secret: Bytes): Bytes {
  const { cipherText, sharedSecret } = kem.encapsulate(pk);
  const { key, nonce } = schedule(sharedSecret, info);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return new Uint8Array(Buffer.concat([cipherText, cipher.update(secret), cipher.final(), cipher.getAuthTag()]));
}

function oracleOpen(seed: Bytes, info: Bytes, sealed: Bytes): Bytes {
  const { secretKey } = kem.keygen(seed);
  const { key, nonce } = schedule(kem.decapsulate(sealed.slice(0, ENCAPSULATION), secretKey), info);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAuthTag(sealed.slice(-TAG));
  return new Uint8Array(Buffer.concat([decipher.update(sealed.slice(ENCAPSULATION, -TAG)), decipher.final()]));
}

const random = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length));

for (let round = 0; round < ROUNDS; round++) {
  test(`both give a seed the same public key, and open what the other sealed (${round + 1})`, async () => {
    const seed = generateSeed();
    const info = random(round * 41);
    const secret = random(round * 7);
    const pk = await publicKey(seed);
    assert.deepEqual(pk, new Uint8Array(kem.keygen(seed).publicKey));
    assert.deepEqual(await openSealed(seed, info, oracleSeal(pk, info, secret)), secret);
    assert.deepEqual(oracleOpen(seed, info, await seal(pk, info, secret)), secret);
  });
}

test('what noble sealed does not open with another info', async () => {
  const seed = generateSeed();
  const sealed = oracleSeal(await publicKey(seed), utf8('this'), random(32));
  await assert.rejects(openSealed(seed, utf8('that'), sealed), NotForThisKey);
});
