/** A sender of frames: one page load's chain and counters, sealed once and in order. */
import { type Bytes, bind, utf8 } from './binding.ts';
import { Malformed } from './failure.ts';
import { HEADS_LIMIT, type Head, Kind, NO_CHAIN, PARTS_LIMIT, TEXT_LIMIT, chain, sealFrame } from './frame.ts';
import { inOrder } from './order.ts';
import type { SigningKey } from './primitives.ts';
import type { FrameHeader } from './shapes.ts';

/** The text of a staff instance's first frame. */
export const introduction = (delegation: Bytes, memberStatement: Bytes): Bytes => bind(delegation, memberStatement);

/** A new page load's name. */
export const newInstance = (): Bytes => crypto.getRandomValues(new Uint8Array(8));

/** What a sender says of itself in every header. */
export type SenderPlace = Pick<FrameHeader, 'conversation' | 'generation' | 'direction' | 'instance'>;

function split(kind: Kind, text: Bytes): readonly Bytes[] {
  const count = Math.max(1, Math.ceil(text.length / TEXT_LIMIT));
  if (count > (kind === Kind.text ? PARTS_LIMIT : 1)) throw new Malformed('text');
  return Array.from({ length: count }, (_, part) => text.slice(part * TEXT_LIMIT, (part + 1) * TEXT_LIMIT));
}

/** One page load's outgoing frames. */
export class Sender {
  readonly #place: SenderPlace;
  readonly #key: Bytes;
  readonly #signer: SigningKey;
  readonly #inOrder = inOrder();
  #counter = 0;
  #ephemeral = 0;
  #previous = NO_CHAIN;

  constructor(place: SenderPlace, key: Bytes, signer: SigningKey) {
    this.#place = place;
    this.#key = key;
    this.#signer = signer;
  }

  get instance(): Bytes {
    return this.#place.instance;
  }

  /** The frames of one message, at most 16 of them; heads beyond the third are left out. */
  compose(kind: Kind, text: string | Bytes, heads: readonly Head[] = []): Promise<readonly Bytes[]> {
    return this.#inOrder(async () => {
      const pieces = split(kind, typeof text === 'string' ? utf8(text) : text);
      const frames: Bytes[] = [];
      for (const [part, piece] of pieces.entries()) {
        const content = { kind, part, parts: pieces.length, previous: this.#previous, text: piece };
        const header = { ...this.#place, stored: true, counter: this.#counter };
        const newest = heads.slice(0, HEADS_LIMIT);
        const frame = await sealFrame(this.#key, header, { ...content, heads: newest }, this.#signer);
        this.#counter++;
        this.#previous = await chain(this.#previous, frame);
        frames.push(frame);
      }
      return frames;
    });
  }

  /** One frame that nobody stores: typing or a receipt. */
  composeEphemeral(kind: Kind, text: Bytes): Promise<Bytes> {
    const header = { ...this.#place, stored: false, counter: this.#ephemeral++ };
    return sealFrame(this.#key, header, { kind, part: 0, parts: 1, previous: NO_CHAIN, heads: [], text }, null);
  }
}
