/** A member's keys behind a password: the server learns neither. Only the console imports it. */
import { type Cost, argon2id } from './argon2.ts';
import { type Bytes, bind, concat, cut, sha256, sized, u32, utf8 } from './binding.ts';
import { Malformed, NotForThisKey, Tampered } from './failure.ts';
import { gcmOpen, gcmSeal, hkdf } from './primitives.ts';

/** 64 MiB, 3 passes, 1 lane: RFC 9106's second choice, as far as a page can follow it. */
export const COST_FLOOR: Cost = { memory: 64 * 1024, passes: 3, lanes: 1 };

const SALT = 'password/1';
const KEY = 32;
const NONCE = 12;
const TAG = 16;

/** Both of a member's private keys. */
export interface MemberSeeds {
  readonly xwingSeed: Bytes;
  readonly edSeed: Bytes;
}

/** Argon2id of the password. A server that asks for less than the floor wants to guess it: malformed. */
export async function passwordRoot(
  password: string,
  org: Bytes,
  login: string,
  random16: Bytes,
  cost: Cost = COST_FLOOR,
): Promise<Bytes> {
  const { memory, passes, lanes } = COST_FLOOR;
  if (cost.memory < memory || cost.passes < passes || cost.lanes !== lanes) throw new Malformed('cost');
  const salt = await sha256(bind('salt/1', org, login, sized(random16, 16)));
  return argon2id(utf8(password.normalize('NFC')), salt, cost);
}

/** What proves the password to the server, which keeps only its hash. */
export const loginSecret = (root: Bytes, org: Bytes, login: string): Promise<Bytes> =>
  hkdf(sized(root, KEY), SALT, bind('login', org, login));

/** What wraps the member's keys; it never leaves the browser. */
export const keyEncryptionKey = (root: Bytes, org: Bytes, login: string): Promise<Bytes> =>
  hkdf(sized(root, KEY), SALT, bind('kek', org, login));

const additional = (org: Bytes, member: Bytes, generation: number) =>
  bind('member-key/1', org, sized(member, 16), 'password', u32(generation));

/** 92 bytes. The nonce is random: a member changes keys a few times in a life. */
export async function wrapMemberKeys(
  kek: Bytes,
  org: Bytes,
  member: Bytes,
  generation: number,
  xwingSeed: Bytes,
  edSeed: Bytes,
  nonce: Bytes = crypto.getRandomValues(new Uint8Array(NONCE)),
): Promise<Bytes> {
  const seeds = concat(sized(xwingSeed, KEY), sized(edSeed, KEY));
  return concat(sized(nonce, NONCE), await gcmSeal(kek, nonce, seeds, additional(org, member, generation)));
}

/** Both seeds; not for this key when the password, the member or the key generation is another. */
export async function unwrapMemberKeys(
  kek: Bytes,
  org: Bytes,
  member: Bytes,
  generation: number,
  wrapped: Bytes,
): Promise<MemberSeeds> {
  const [nonce, sealed] = cut(wrapped, NONCE, 2 * KEY + TAG);
  try {
    const seeds = await gcmOpen(kek, nonce, sealed, additional(org, member, generation));
    const [xwingSeed, edSeed] = cut(seeds, KEY, KEY);
    return { xwingSeed, edSeed };
  } catch (error) {
    if (error instanceof Tampered) throw new NotForThisKey('member keys');
    throw error;
  }
}
