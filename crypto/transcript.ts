/** A receiver of frames: it trusts counters, chains and heads, never the server's order. */
import { type Bytes, EMPTY, concat, decodeUtf8, equal, toHex, unbind } from './binding.ts';
import { CryptoError, Malformed, NotForThisKey, Tampered } from './failure.ts';
import {
  type Content,
  HEADS_LIMIT,
  type Head,
  Kind,
  NO_CHAIN,
  type OpenedFrame,
  chain,
  openFrame,
  verifyFrame,
} from './frame.ts';
import { inOrder } from './order.ts';
import { type Direction, type FrameHeader, STAFF, VISITOR, parseFrameHeader } from './shapes.ts';
import { type MemberClaim, type Pin, checkChain, memberClaim } from './statement.ts';

/** Frames: 256 KiB, more than a server hands over before a gap can be asked for. */
const HELD_LIMIT = 256;
const UNHEARD_LIMIT = 256;
/** Page loads; only who holds a signing key can begin one. */
const INSTANCES_LIMIT = 256;

/** Something odd about a frame; a gap names the first frame missing. All are shown, none is repaired silently. */
export interface Anomaly {
  readonly kind: 'repeat' | 'fork' | 'gap' | 'tampered';
  readonly instance: Bytes;
  readonly counter: number;
}

/** A whole message, its parts joined. */
export interface Message {
  readonly conversation: Bytes;
  readonly instance: Bytes;
  /** The first part's. */
  readonly counter: number;
  readonly lastCounter: number;
  readonly direction: Direction;
  readonly kind: Kind;
  /** Empty for an introduction. */
  readonly text: string;
  /** The member's working name as a coordinator signed it; a visitor has none. */
  readonly author: string | null;
}

/** What one frame brought: messages in order (several when it filled a gap) and anomalies. */
export interface Heard {
  readonly messages: readonly Message[];
  readonly anomalies: readonly Anomaly[];
}

/** A sign of life that anybody with K could have made: never to be shown as somebody's words. */
export interface Signal {
  readonly instance: Bytes;
  readonly direction: Direction;
  readonly kind: Kind;
  readonly text: Bytes;
}

/** Frames of an instance that exist but were not heard, both ends included. */
export interface Missing {
  readonly instance: Bytes;
  readonly first: number;
  readonly last: number;
}

type Identity = Pick<FrameHeader, 'instance' | 'counter'>;

/** One page load of one side, as far as it was heard: the older chains tell a repeat from a fork. */
interface Line {
  readonly direction: Direction;
  readonly instance: Bytes;
  readonly signer: Bytes;
  readonly author: MemberClaim | null;
  readonly chains: Bytes[];
  parts: readonly Content[];
}

type Gathered = { readonly messages: Message[]; readonly anomalies: Anomaly[] };

const nameOf = ({ instance, counter }: Identity) => `${toHex(instance)} ${counter}`;

const previousOf = (line: Line | undefined, counter: number) => line?.chains[counter - 1] ?? NO_CHAIN;

const newLine = (header: FrameHeader, signer: Bytes, author: MemberClaim | null): Line => ({
  direction: header.direction,
  instance: header.instance,
  signer,
  author,
  chains: [],
  parts: [],
});

/** The parts so far and this one, if it follows them. */
function continued(before: readonly Content[], content: Content): readonly Content[] {
  const [first = content] = before;
  if (content.part !== before.length || first.kind !== content.kind || first.parts !== content.parts)
    throw new Tampered('part');
  return [...before, content];
}

/** The message, when its last part is here. */
function joined(header: FrameHeader, line: Line, parts: readonly Content[]): Message[] {
  const { conversation, instance, counter, direction } = header;
  const { kind, parts: whole } = parts[0]!;
  if (parts.length < whole) return [];
  const text = kind === Kind.introduction ? '' : decodeUtf8(concat(...parts.map((part) => part.text)));
  const place = { conversation, instance, counter: counter - parts.length + 1, lastCounter: counter, direction };
  return [{ ...place, kind, text, author: line.author?.name ?? null }];
}

/** Everything heard of one conversation, in whatever order it came. */
export class Transcript {
  readonly #pin: Pin;
  readonly #desk: Bytes;
  readonly #conversation: Bytes;
  readonly #keys: Map<number, Bytes>;
  readonly #visitorPk: Bytes;
  readonly #inOrder = inOrder();
  /** Most recently heard last. */
  readonly #lines = new Map<string, Line>();
  readonly #held = new Map<string, { readonly header: FrameHeader; readonly frame: Bytes }>();
  /** Heads that name a frame not heard yet. */
  readonly #unheard = new Map<string, Head>();
  readonly #ephemeral = new Map<string, number>();

  /** `keys` maps generations to K; `visitorPk` is from the opening; only members of `desk` may speak for its staff. */
  constructor(
    pin: Pin,
    desk: Bytes,
    conversation: Bytes,
    keys: Iterable<readonly [number, Bytes]>,
    visitorPk: Bytes,
  ) {
    this.#pin = pin;
    this.#desk = desk;
    this.#conversation = conversation;
    this.#keys = new Map(keys);
    this.#visitorPk = visitorPk;
  }

  /** K of a later generation, once its record was checked. */
  addKey(generation: number, key: Bytes): void {
    this.#keys.set(generation, key);
  }

  /**
   * What a stored frame brings, one's own too; `today` null hears an old conversation again.
   * Malformed for a broken header, tampered for another conversation's, not for this key without its generation's key;
   * everything wrong further inside is an anomaly.
   */
  hear(frame: Bytes, today: number | null): Promise<Heard> {
    return this.#inOrder(async () => {
      const heard: Gathered = { messages: [], anomalies: [] };
      const header = this.#headerOf(frame, true);
      if (await this.#isKnown(header, frame)) this.#note(heard, 'repeat', header);
      else await this.#judge(header, frame, today, heard);
      for (let held; (held = this.#nextHeld(header)); ) await this.#judge(held.header, held.frame, today, heard);
      return heard;
    });
  }

  /** A sign of life, or a failure; an old one again is tampered. */
  async hearEphemeral(frame: Bytes): Promise<Signal> {
    const { instance, direction, generation, counter } = this.#headerOf(frame, false);
    const { content } = await openFrame(this.#keyOf(generation), frame);
    const name = toHex(instance);
    if (counter <= (this.#ephemeral.get(name) ?? -1)) throw new Tampered('old');
    this.#ephemeral.delete(name);
    this.#ephemeral.set(name, counter);
    const [oldest] = this.#ephemeral.keys();
    if (this.#ephemeral.size > INSTANCES_LIMIT) this.#ephemeral.delete(oldest!);
    return { instance, direction, kind: content.kind, text: content.text };
  }

  /** The newest frame heard of at most three other instances, most recently heard first. */
  heads(own: Bytes): readonly Head[] {
    const others = [...this.#lines.values()].filter(({ instance }) => !equal(instance, own)).reverse();
    return others.slice(0, HEADS_LIMIT).map(({ instance, chains }) => {
      const counter = chains.length - 1;
      return { instance, counter, chain: chains[counter]! };
    });
  }

  /** What exists, by a held frame or a head, but was not heard: to be asked for again. */
  missing(): readonly Missing[] {
    const named = [...[...this.#held.values()].map(({ header }) => header), ...this.#unheard.values()];
    named.sort((a, b) => toHex(a.instance).localeCompare(toHex(b.instance)) || a.counter - b.counter);
    const gaps: Missing[] = [];
    const next = new Map<string, number>();
    for (const { instance, counter } of named) {
      const name = toHex(instance);
      const first = next.get(name) ?? this.#expected(instance);
      const last = this.#held.has(nameOf({ instance, counter })) ? counter - 1 : counter;
      if (first <= last) gaps.push({ instance, first, last });
      next.set(name, counter + 1);
    }
    return gaps;
  }

  #headerOf(frame: Bytes, stored: boolean): FrameHeader {
    const header = parseFrameHeader(frame);
    if (header.stored !== stored) throw new Malformed('stored');
    if (!equal(header.conversation, this.#conversation)) throw new Tampered('conversation');
    this.#keyOf(header.generation);
    return header;
  }

  #keyOf(generation: number): Bytes {
    const key = this.#keys.get(generation);
    if (!key) throw new NotForThisKey('generation');
    return key;
  }

  #lineOf = (instance: Bytes): Line | undefined => this.#lines.get(toHex(instance));

  #expected = (instance: Bytes): number => this.#lineOf(instance)?.chains.length ?? 0;

  #nextHeld({ instance }: FrameHeader) {
    const name = nameOf({ instance, counter: this.#expected(instance) });
    const held = this.#held.get(name);
    this.#held.delete(name);
    return held;
  }

  #note({ anomalies }: Gathered, kind: Anomaly['kind'], { instance, counter }: Identity): void {
    anomalies.push({ kind, instance, counter });
  }

  #noteGap(heard: Gathered, { instance }: Identity): void {
    this.#note(heard, 'gap', { instance, counter: this.#expected(instance) });
  }

  async #isKnown(header: FrameHeader, frame: Bytes): Promise<boolean> {
    const line = this.#lineOf(header.instance);
    const heard = line?.chains[header.counter];
    if (heard) return equal(await chain(previousOf(line, header.counter), frame), heard);
    return equal(this.#held.get(nameOf(header))?.frame ?? EMPTY, frame);
  }

  async #judge(header: FrameHeader, frame: Bytes, today: number | null, heard: Gathered): Promise<void> {
    try {
      const opened = await openFrame(this.#keyOf(header.generation), frame);
      const author = await this.#author(opened, today);
      await this.#place(opened, author, frame, heard);
    } catch (error) {
      if (!(error instanceof CryptoError)) throw error;
      this.#note(heard, 'tampered', header);
    }
  }

  /** Who signed, checked; undefined for a staff frame ahead of its introduction. */
  async #author(opened: OpenedFrame, today: number | null): Promise<Line | undefined> {
    const { header, content } = opened;
    const begins = header.direction === STAFF && header.counter === 0;
    if (begins !== (content.kind === Kind.introduction)) throw new Tampered('introduction');
    const author = begins ? await this.#introduced(opened, today) : this.#knownAuthor(header);
    if (author) await verifyFrame(opened, author.signer);
    return author;
  }

  async #introduced({ header, content }: OpenedFrame, today: number | null): Promise<Line> {
    const [delegation, statement] = unbind(content.text, 2);
    const claim = memberClaim(await checkChain(this.#pin, delegation, statement, 'member', today));
    if (!equal(claim.desk, this.#desk)) throw new Tampered('desk');
    return newLine(header, claim.edPk, claim);
  }

  #knownAuthor(header: FrameHeader): Line | undefined {
    const line = this.#lineOf(header.instance);
    if (line?.direction === header.direction) return line;
    return header.direction === VISITOR ? newLine(header, this.#visitorPk, null) : undefined;
  }

  async #place(opened: OpenedFrame, author: Line | undefined, frame: Bytes, heard: Gathered): Promise<void> {
    const { header, content } = opened;
    const line = this.#lineOf(header.instance) ?? author;
    const expected = line?.chains.length ?? 0;
    if ((line && line.direction !== header.direction) || header.counter < expected) this.#note(heard, 'fork', header);
    else if (!line || header.counter > expected) this.#hold(header, frame, heard);
    else if (!equal(content.previous, previousOf(line, expected))) this.#note(heard, 'fork', header);
    else await this.#accept(opened, line, frame, heard);
  }

  #hold(header: FrameHeader, frame: Bytes, heard: Gathered): void {
    if (this.#held.has(nameOf(header))) return this.#note(heard, 'fork', header);
    if (this.#held.size < HELD_LIMIT) this.#held.set(nameOf(header), { header, frame });
    this.#noteGap(heard, header);
  }

  async #accept({ header, content }: OpenedFrame, line: Line, frame: Bytes, heard: Gathered): Promise<void> {
    const parts = continued(line.parts, content);
    const messages = joined(header, line, parts);
    const name = toHex(header.instance);
    if (!this.#lines.has(name) && this.#lines.size >= INSTANCES_LIMIT) throw new Tampered('instances');
    const newest = await chain(previousOf(line, header.counter), frame);
    line.parts = messages.length ? [] : parts;
    line.chains.push(newest);
    this.#lines.delete(name);
    this.#lines.set(name, line);
    heard.messages.push(...messages);
    const claimed = this.#unheard.get(nameOf(header));
    this.#unheard.delete(nameOf(header));
    if (claimed && !equal(claimed.chain, newest)) this.#note(heard, 'fork', header);
    for (const head of content.heads) this.#checkHead(head, heard);
  }

  #checkHead(head: Head, heard: Gathered): void {
    const name = nameOf(head);
    const known = this.#lineOf(head.instance)?.chains[head.counter] ?? this.#unheard.get(name)?.chain ?? head.chain;
    if (!equal(known, head.chain)) return this.#note(heard, 'fork', head);
    if (head.counter < this.#expected(head.instance)) return;
    if (this.#unheard.size < UNHEARD_LIMIT) this.#unheard.set(name, head);
    this.#noteGap(heard, head);
  }
}
