/** What is only true now: who writes, and what was opened. Said seldom, never stored, forgotten when nobody listens. */
import { type Bytes, toBase64url } from '../../crypto/binding.ts';
import { Kind, type Receipt, serializeReceipts, serializeTyping } from '../../crypto/frame.ts';
import type { After } from './outbox.ts';

/** "Writes" is said again this often, and no more than this often. */
export const TYPING_REPEAT = 3_000;
/** After this long without a key, or without "writes" being said again, nobody writes any more. */
export const TYPING_LIFE = 6_000;
/** One receipt for everything that comes in one go. */
export const RECEIPT_PAUSE = 150;
/** As many as a receipt has room for: the instances most recently opened. */
const RECEIPTS_LIMIT = 8;

export interface SignalsOptions {
  readonly after: After;
  readonly send: (kind: typeof Kind.typing | typeof Kind.receipt, text: Bytes) => void;
  /** The other side's typing, and its end. */
  readonly typing: (typing: boolean) => void;
}

/** One conversation's signals, both ways. */
export class Signals {
  readonly #options: SignalsOptions;
  /** What this side has opened of each instance of the other side, newest last. */
  readonly #opened = new Map<string, Receipt>();
  #saidAgain: (() => void) | null = null;
  #stopsWriting: (() => void) | null = null;
  #othersStop: (() => void) | null = null;
  #receipt: (() => void) | null = null;

  constructor(options: SignalsOptions) {
    this.#options = options;
  }

  /** A key was pressed. */
  writes(): void {
    this.#stopsWriting?.();
    this.#stopsWriting = this.#options.after(TYPING_LIFE, () => this.stops());
    if (this.#saidAgain) return;
    this.#saidAgain = this.#options.after(TYPING_REPEAT, () => (this.#saidAgain = null));
    this.#options.send(Kind.typing, serializeTyping(true));
  }

  /** The text was emptied, or nothing was written for a while. */
  stops(): void {
    if (this.#wrote()) this.#options.send(Kind.typing, serializeTyping(false));
  }

  /** The text was sent: the message itself says that its writing is over. */
  sent(): void {
    this.#wrote();
  }

  /** The other side says that it writes; who vanishes meanwhile never says that they stopped. */
  heardTyping(typing: boolean): void {
    this.#othersStop?.();
    this.#othersStop = typing ? this.#options.after(TYPING_LIFE, () => this.#options.typing(false)) : null;
    this.#options.typing(typing);
  }

  /** Everything up to this frame was opened here; a receipt follows soon. */
  opened(receipt: Receipt): void {
    const name = toBase64url(receipt.instance);
    this.#opened.delete(name);
    this.#opened.set(name, receipt);
    this.promiseReceipt();
  }

  /** Say soon what was opened; also to somebody who was away when it was said before. */
  promiseReceipt(): void {
    if (this.#receipt || this.#opened.size === 0) return;
    this.#receipt = this.#options.after(RECEIPT_PAUSE, () => {
      this.#receipt = null;
      this.#options.send(Kind.receipt, serializeReceipts([...this.#opened.values()].slice(-RECEIPTS_LIMIT)));
    });
  }

  /** Nothing is said or awaited any more. */
  stop(): void {
    for (const cancel of [this.#saidAgain, this.#stopsWriting, this.#othersStop, this.#receipt]) cancel?.();
    this.#saidAgain = this.#stopsWriting = this.#othersStop = this.#receipt = null;
  }

  #wrote(): boolean {
    const wrote = this.#stopsWriting !== null;
    this.#stopsWriting?.();
    this.#saidAgain?.();
    this.#stopsWriting = this.#saidAgain = null;
    return wrote;
  }
}
