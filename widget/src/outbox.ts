/** Own frames between sealing and `accepted`: kept as they are, sent in order, one on its way at a time. */
import { type Bytes, toBase64url } from '../../crypto/binding.ts';
import { parseFrameHeader } from '../../crypto/shapes.ts';

/** Without `accepted` for this long the line is held to be dead, though nobody closed it. */
export const ACCEPTANCE_TIMEOUT = 10_000;
/** The server's rates are per second; a frame refused as too fast is the same frame a little later. */
export const TOO_FAST_PAUSE = 1_500;

/** Run later; the answer cancels it. */
export type After = (milliseconds: number, run: () => void) => () => void;

/** A sealed frame and the identity that its outside shows. */
interface Sealed {
  readonly instance: string;
  readonly counter: number;
  readonly frame: Bytes;
}

function sealedOf(frame: Bytes): Sealed {
  const { instance, counter } = parseFrameHeader(frame);
  return { instance: toBase64url(instance), counter, frame };
}

export interface OutboxOptions {
  /** Hand a frame to the line; false when it is not open, and then nothing was sent. */
  readonly transmit: (frame: Bytes) => boolean;
  readonly after: After;
  /** Nothing was accepted for too long: the connection should be renewed. */
  readonly overdue: () => void;
}

/**
 * One conversation's outgoing frames. Only the first is on its way: a frame that was lost or refused as too fast is never
 * overtaken by a later one, so the server's order is the order of writing.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #sealed: readonly Sealed[] = [];
  #connected = false;
  /** Cancels what is being waited for: an acceptance, or the end of a pause. Nothing is sent meanwhile. */
  #cancel: (() => void) | null = null;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#sealed.length;
  }

  add(frames: readonly Bytes[]): void {
    this.#sealed = [...this.#sealed, ...frames.map(sealedOf)];
    this.#flush();
  }

  /** Frames of an earlier page load go before everything sealed since. */
  addFirst(frames: readonly Bytes[]): void {
    this.#sealed = [...frames.map(sealedOf), ...this.#sealed];
    this.#flush();
  }

  /** The line takes this conversation's frames again; what was on its way goes once more, unchanged. */
  connected(): void {
    this.#connected = true;
    this.#settled();
  }

  disconnected(): void {
    this.#connected = false;
    this.#settled();
  }

  /** Committed up to this counter of an instance. */
  accepted(instance: string, counter: number): void {
    this.#keep((one) => one.instance !== instance || one.counter > counter);
  }

  /** True when the frame on its way was refused for good, and with it everything after it of its instance. */
  refused(code: string, instance: string, counter: number): boolean {
    const [first] = this.#sealed;
    if (first?.instance !== instance || first.counter !== counter) return false;
    if (code === 'too-fast') {
      this.#cancel?.();
      this.#cancel = this.#options.after(TOO_FAST_PAUSE, () => this.#settled());
      return false;
    }
    this.#keep((one) => one.instance !== instance);
    return true;
  }

  clear(): void {
    this.#keep(() => false);
  }

  #keep(stays: (one: Sealed) => boolean): void {
    const [first] = this.#sealed;
    this.#sealed = this.#sealed.filter(stays);
    if (first !== this.#sealed[0]) this.#settled();
  }

  #settled(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#flush();
  }

  #flush(): void {
    const [first] = this.#sealed;
    if (!first || !this.#connected || this.#cancel) return;
    if (this.#options.transmit(first.frame))
      this.#cancel = this.#options.after(ACCEPTANCE_TIMEOUT, () => this.#options.overdue());
  }
}
