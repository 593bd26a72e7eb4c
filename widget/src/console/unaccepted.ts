/** Own frames that the server has not accepted, kept over a reload: sealed bytes only, never a text or a key. */
import { type Bytes, equal, fromBase64url, toBase64url } from '../../../crypto/binding.ts';
import { CryptoError } from '../../../crypto/failure.ts';
import { parseFrameHeader } from '../../../crypto/shapes.ts';
import type { Shelf } from './serials.ts';

const PLACE = 'sluss-unaccepted';

/** A sealed frame and the identity that its outside shows. */
export interface Sealed {
  readonly conversation: string;
  readonly instance: string;
  readonly counter: number;
  readonly frame: Bytes;
}

export function sealedOf(frame: Bytes): Sealed {
  const { conversation, instance, counter } = parseFrameHeader(frame);
  return { conversation: toBase64url(conversation), instance: toBase64url(instance), counter, frame };
}

function parseAll(text: string | null): readonly Sealed[] {
  try {
    return (JSON.parse(text ?? '[]') as readonly string[]).map((frame) => sealedOf(fromBase64url(frame)));
  } catch (error) {
    // Only this page writes here; what it cannot read again was not written by it.
    if (error instanceof CryptoError || error instanceof SyntaxError || error instanceof TypeError) return [];
    throw error;
  }
}

/** What a tab has sealed and not yet heard of, oldest first. */
export class Unaccepted {
  readonly #shelf: Shelf;
  #sealed: readonly Sealed[];

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
    this.#sealed = parseAll(shelf.getItem(PLACE));
  }

  get count(): number {
    return this.#sealed.length;
  }

  of(conversation: string): readonly Sealed[] {
    return this.#sealed.filter((sealed) => sealed.conversation === conversation);
  }

  add(frames: readonly Bytes[]): void {
    const fresh = frames.map(sealedOf).filter(({ frame }) => !this.#sealed.some((known) => equal(known.frame, frame)));
    this.#keep([...this.#sealed, ...fresh]);
  }

  /** Committed up to this counter of an instance. */
  accepted(conversation: string, instance: string, counter: number): void {
    const stays = (one: Sealed) =>
      one.conversation !== conversation || one.instance !== instance || one.counter > counter;
    this.#keep(this.#sealed.filter(stays));
  }

  /** Never to be sent: the conversation takes no more of this instance's frames. */
  drop(conversation: string, instance: string): void {
    this.accepted(conversation, instance, Number.MAX_SAFE_INTEGER);
  }

  /** The conversation is gone. */
  forget(conversation: string): void {
    this.#keep(this.#sealed.filter((one) => one.conversation !== conversation));
  }

  clear(): void {
    this.#keep([]);
  }

  #keep(sealed: readonly Sealed[]): void {
    if (sealed.length === this.#sealed.length && sealed.every((one, i) => one === this.#sealed[i])) return;
    this.#sealed = sealed;
    this.#shelf.setItem(PLACE, JSON.stringify(sealed.map(({ frame }) => toBase64url(frame))));
  }
}
