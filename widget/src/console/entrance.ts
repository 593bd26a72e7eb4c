/** The two ways in: signing in, and unlocking again after a reload, when the server still knows who sits here. */
import type { Me } from '../wire.ts';
import type { Api } from './api.ts';
import { type Keyring, Locked, dayOf, signInSecret, stretch, unlock } from './keyring.ts';
import { type Shelf, keepSerials, loadSerials } from './serials.ts';

export interface Entrance {
  readonly api: Api;
  /** What outlives this page: the highest serials, nothing else. */
  readonly shelf: Shelf;
  readonly now: () => number;
}

/** Whatever comes of it, the serials of statements whose chain held are remembered. */
async function unlockHere(
  entrance: Entrance,
  stretched: Awaited<ReturnType<typeof stretch>>,
  me: Me,
): Promise<Keyring> {
  const serials = loadSerials(entrance.shelf);
  try {
    return await unlock(stretched, me, serials, dayOf(entrance.now()));
  } finally {
    stretched.root.fill(0);
    keepSerials(entrance.shelf, serials);
  }
}

/** Login and password: the server is shown a secret made from them, never the password. */
export async function signIn(entrance: Entrance, login: string, password: string): Promise<Keyring> {
  const name = login.trim();
  const stretched = await stretch(password, name, await entrance.api.salt(name));
  await entrance.api.signIn(name, await signInSecret(stretched));
  try {
    return await unlockHere(entrance, stretched, await entrance.api.me());
  } catch (error) {
    // The server has just accepted this password, so it is not the password that is wrong.
    if (error instanceof Locked && error.check === 'password') throw new Locked('member-wrap');
    throw error;
  }
}

/** The session stands, the keys do not: they were only in the memory of a page that is gone. */
export async function unlockAgain(entrance: Entrance, me: Me, password: string): Promise<Keyring> {
  return unlockHere(entrance, await stretch(password, me.login, me), me);
}
