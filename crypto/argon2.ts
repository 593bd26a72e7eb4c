/** Argon2id, through the one file that knows the library. Only the console imports it: a visitor has no password. */
import { argon2idAsync } from '@noble/hashes/argon2.js';
import type { Bytes } from './binding.ts';

/** What Argon2id costs: KiB of memory, passes, lanes. */
export interface Cost {
  readonly memory: number;
  readonly passes: number;
  readonly lanes: number;
}

const LENGTH = 32;

/** 32 bytes from a password. It yields now and then, so that the page stays alive for the second that it takes. */
export async function argon2id(password: Bytes, salt: Bytes, cost: Cost): Promise<Bytes> {
  const options = { m: cost.memory, t: cost.passes, p: cost.lanes, dkLen: LENGTH };
  return new Uint8Array(await argon2idAsync(password, salt, options));
}
