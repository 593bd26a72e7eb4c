/** The conversations opened on this page. Opening takes a moment: what is meant for one meanwhile waits its turn. */
import type { Bytes } from '../../../crypto/binding.ts';
import { STAFF } from '../../../crypto/shapes.ts';
import { Session, type SessionOptions } from '../session.ts';
import type { OpenDesk } from './keyring.ts';
import type { Unsealed } from './opened.ts';
import type { Sealed } from './unaccepted.ts';

/** One opened conversation. */
export interface Place {
  readonly session: Session;
  readonly desk: OpenDesk;
  /** Has this page load told the visitor who answers? */
  introduced: boolean;
  readonly history: History;
}

/** What was said before this page came: its time of day is not known here. */
export interface History {
  /** The last seq that is history. */
  last: number;
  /** So many frames of it are still being opened. */
  pending: number;
}

/** How a session reaches the line, the clock and the board. */
export type Surroundings = Omit<SessionOptions, 'sender' | 'transcript' | 'direction'>;

/** A session for what was unsealed; what an earlier page of this tab sealed goes out again, unchanged. */
export function newPlace(
  { transcript, sender, desk }: Unsealed,
  last: number,
  earlier: readonly Sealed[],
  surroundings: Surroundings,
): Place {
  const history: History = { last, pending: 0 };
  const clock = () => (history.pending ? '' : surroundings.clock());
  const session = new Session({ ...surroundings, clock, sender, transcript, direction: STAFF });
  session.resend(earlier.map(({ frame }) => frame));
  return { session, desk, introduced: false, history };
}

export class Places {
  readonly #places = new Map<string, Promise<Place | null>>();

  /** The conversation's place, made now if there is none; null when it could not be opened. */
  async open(id: string, make: () => Promise<Place | null>): Promise<Place | null> {
    const known = this.#places.get(id);
    if (known) return known;
    const made = make();
    this.#places.set(id, made);
    const place = await made;
    if (!place && this.#places.get(id) === made) this.#places.delete(id);
    return place;
  }

  /** Run this when the conversation is open, in the order of asking; never, when it does not open. */
  at(id: string, run: (place: Place) => void | Promise<void>): void {
    void this.#places.get(id)?.then((place) => place && run(place));
  }

  everywhere(run: (place: Place) => void): void {
    for (const id of this.#places.keys()) this.at(id, run);
  }

  /** The session stops, and with it goes the last hold on its key and its text. */
  forget(id: string): void {
    this.at(id, ({ session }) => session.stop());
    this.#places.delete(id);
  }

  forgetAll(): void {
    for (const id of [...this.#places.keys()]) this.forget(id);
  }
}

/** Who answers, as the first frame of this page load; once. */
export function introduce(place: Place): void {
  if (place.introduced) return;
  place.introduced = true;
  void place.session.introduce(place.desk.delegation, place.desk.statement);
}

/** Hand a frame to its session; what is history is opened without a time of day. */
export async function deliver({ session, history }: Place, seq: number, frame: Bytes): Promise<void> {
  const old = seq > 0 && seq <= history.last ? 1 : 0;
  history.pending += old;
  try {
    await session.delivery(seq, frame);
  } finally {
    history.pending -= old;
  }
}
