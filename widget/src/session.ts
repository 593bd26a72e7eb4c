/** One conversation's traffic: words are sealed once and sent until they are accepted; what comes is opened, in order. */
import { type Bytes, toBase64url } from '../../crypto/binding.ts';
import { CryptoError } from '../../crypto/failure.ts';
import { Kind, PARTS_LIMIT, TEXT_LIMIT, parseReceipts, parseTyping } from '../../crypto/frame.ts';
import { inOrder } from '../../crypto/order.ts';
import { type Sender, introduction } from '../../crypto/sender.ts';
import { type Direction, parseFrameHeader } from '../../crypto/shapes.ts';
import type { Anomaly, Heard, Message, Signal, Transcript } from '../../crypto/transcript.ts';
import {
  type Conversation,
  type Entry,
  type EntryKind,
  type EntryState,
  NEW,
  accepted,
  delivered,
  gapsAre,
  inPhase,
  introduced,
  isTyping,
  noticed,
  onLine,
  passed,
  refused,
  said,
} from './conversation.ts';
import { type After, Outbox } from './outbox.ts';
import { Signals } from './signals.ts';
import type { Accepted, Refused } from './wire.ts';

/** Bytes of UTF-8 that one message can hold. */
export const MESSAGE_LIMIT = PARTS_LIMIT * TEXT_LIMIT;

export const messageLength = (text: string): number => new TextEncoder().encode(text).length;

/** Changed on the way, and it cannot be told where. */
const NOWHERE = { kind: 'tampered', instance: '', counter: 0 } as const;

export interface SessionOptions {
  readonly sender: Sender;
  readonly transcript: Transcript;
  readonly direction: Direction;
  /** Hand a frame to the line; false when it is not open, and then nothing was sent. */
  readonly transmit: (frame: Bytes) => boolean;
  /** The same as in connection.ts. */
  readonly after: After;
  /** Local time of day, for new entries. */
  readonly clock: () => string;
  /** Days since 1970, for the lives of statements. */
  readonly today: () => number;
  readonly changed: (conversation: Conversation) => void;
  /** Nothing was accepted for too long: the connection should be renewed. */
  readonly overdue: () => void;
  /** Stored frames that were sealed just now, for a page that may keep them over a reload. */
  readonly sealed?: (frames: readonly Bytes[]) => void;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #instance: string;
  readonly #outbox: Outbox;
  readonly #signals: Signals;
  readonly #inOrder = inOrder();
  #conversation: Conversation = NEW;
  #connected = false;
  #historyEnd = 0;
  #historyKnown = false;
  #earlier: readonly Bytes[] = [];

  constructor(options: SessionOptions) {
    const { sender, transmit, after, overdue } = options;
    this.#options = options;
    this.#instance = toBase64url(sender.instance);
    this.#outbox = new Outbox({ transmit, after, overdue });
    this.#signals = new Signals({
      after,
      send: (kind, text) => void this.#sendSignal(kind, text),
      typing: (typing) => this.#set(isTyping(this.#conversation, typing)),
    });
  }

  get conversation(): Conversation {
    return this.#conversation;
  }

  /** Own frames that the server has not accepted. */
  get unaccepted(): number {
    return this.#outbox.length + this.#earlier.length;
  }

  // What the person does.

  /** Seal a text: shown as soon as it is sealed, sent when its turn comes. At most MESSAGE_LIMIT bytes. */
  say(text: string): Promise<void> {
    this.#signals.sent();
    return this.#inOrder(async () => this.#echo('text', text, await this.#compose(Kind.text, text)));
  }

  /** Last words, which may be empty; one frame's worth. */
  sayFarewell(text: string): Promise<void> {
    return this.#inOrder(async () => this.#echo('farewell', text, await this.#compose(Kind.farewell, text)));
  }

  /** A counsellor's first frame: who answers. */
  introduce(delegation: Bytes, member: Bytes): Promise<void> {
    return this.#inOrder(async () => {
      this.#post(await this.#compose(Kind.introduction, introduction(delegation, member)));
    });
  }

  /** Call on every key; it is said seldom, and not to somebody who is known to be away. */
  writes(): void {
    const { phase, line } = this.#conversation;
    if (phase === 'active' && line !== 'lost' && line !== 'left') this.#signals.writes();
  }

  /** The text was emptied without being sent. */
  stopsWriting(): void {
    this.#signals.stops();
  }

  // What the line does.

  /** The server takes this conversation's frames from now on: after `opened`, `resumed` or `opening`. */
  connected(): void {
    this.#connected = true;
    this.#outbox.connected();
    this.#signals.promiseReceipt();
  }

  disconnected(): void {
    this.#connected = false;
    this.#outbox.disconnected();
    this.#set(isTyping(this.#conversation, false));
  }

  /** Frames up to `last` come back from history: their signers' statements may have run out since. */
  history(last: number): void {
    this.#historyEnd = last;
    this.#historyKnown = true;
    this.#resendEarlier();
  }

  /** Frames that an earlier page load of this side sealed and never saw accepted; they go out after history, unchanged. */
  resend(frames: readonly Bytes[]): void {
    this.#earlier = [...this.#earlier, ...frames];
    this.#resendEarlier();
  }

  /** A frame from the server. Its seq counts for the cursor only, never for the order of what was said. */
  async delivery(seq: number, frame: Bytes): Promise<void> {
    if (seq === 0) return this.#inOrder(() => this.#hearSignal(frame));
    // The cursor moves now, not after opening: a resume meanwhile must not ask for it again.
    this.#set(passed(this.#conversation, seq));
    const today = seq <= this.#historyEnd ? null : this.#options.today();
    await this.#inOrder(() => this.#hear(frame, today, 'accepted'));
    this.#resendEarlier();
  }

  accepted({ instance, counter, seq }: Accepted): void {
    this.#set(passed(this.#conversation, seq));
    this.#settle(instance, counter);
  }

  /** A frame of this conversation was refused. */
  refused({ code, instance = '', counter = 0 }: Refused): void {
    if (!this.#outbox.refused(code, instance, counter)) return;
    this.#set(refused(this.#conversation, instance, instance === this.#instance ? code : ''));
  }

  /** The server will take nothing of this page: the opening itself was refused. */
  refusedAltogether(code: string): void {
    this.#outbox.clear();
    this.#set(refused(this.#conversation, this.#instance, code));
  }

  /** Something came over the line that is no message of this protocol. */
  garbage(): void {
    this.#set(noticed(this.#conversation, NOWHERE));
  }

  phase(phase: string): void {
    this.#set(inPhase(this.#conversation, phase));
  }

  line(line: string): void {
    this.#set(onLine(this.#conversation, line));
    // Receipts are never stored: who comes back is told again.
    if (line === 'here') this.#signals.promiseReceipt();
  }

  /** Nothing is sent or awaited any more. */
  stop(): void {
    this.#connected = false;
    this.#outbox.disconnected();
    this.#outbox.clear();
    this.#signals.stop();
  }

  #set(conversation: Conversation): void {
    if (conversation === this.#conversation) return;
    this.#conversation = conversation;
    this.#options.changed(conversation);
  }

  async #compose(kind: Kind, text: string | Bytes): Promise<readonly Bytes[]> {
    const { sender, transcript, sealed } = this.#options;
    const frames = await sender.compose(kind, text, transcript.heads(sender.instance));
    // Who is heard to name our frames must be checked against them.
    for (const frame of frames) await transcript.hear(frame, this.#options.today());
    sealed?.(frames);
    return frames;
  }

  #echo(kind: EntryKind, text: string, frames: readonly Bytes[]): void {
    const counters = frames.map((frame) => parseFrameHeader(frame).counter);
    const state = this.#conversation.refusal ? 'refused' : 'sealed';
    const span = { first: Math.min(...counters), last: Math.max(...counters) };
    const clock = this.#options.clock();
    const entry: Entry = { instance: this.#instance, ...span, side: 'mine', kind, name: '', text, state, clock };
    if (kind === 'text' || text !== '') this.#set(said(this.#conversation, entry));
    this.#post(frames);
  }

  #post(frames: readonly Bytes[]): void {
    if (!this.#conversation.refusal) this.#outbox.add(frames);
  }

  #settle(instance: string, counter: number): void {
    this.#outbox.accepted(instance, counter);
    this.#set(accepted(this.#conversation, instance, counter));
  }

  #resendEarlier(): void {
    const frames = this.#earlier;
    if (!frames.length || !this.#historyKnown || this.#conversation.cursor < this.#historyEnd) return;
    this.#earlier = [];
    void this.#inOrder(async () => {
      const fresh: Bytes[] = [];
      // What history has brought already was accepted before the reload.
      for (const frame of frames) if (await this.#hear(frame, null, 'sealed')) fresh.push(frame);
      this.#outbox.addFirst(fresh);
    });
  }

  /** False when the frame was heard before. */
  async #hear(frame: Bytes, today: number | null, state: EntryState): Promise<boolean> {
    try {
      const { messages, anomalies } = await this.#options.transcript.hear(frame, today);
      this.#set(this.#noting(this.#adding(messages, state), anomalies, frame));
      return !anomalies.some(({ kind }) => kind === 'repeat');
    } catch (error) {
      if (!(error instanceof CryptoError)) throw error;
      this.#set(noticed(this.#conversation, NOWHERE));
      return true;
    }
  }

  #adding(messages: readonly Message[], state: EntryState): Conversation {
    return messages.reduce((conversation, message) => {
      const theirs = message.direction !== this.#options.direction;
      if (theirs) this.#signals.opened({ instance: message.instance, counter: message.lastCounter });
      if (message.kind === Kind.introduction) return theirs ? introduced(conversation, message.author ?? '') : conversation;
      return message.text === '' ? conversation : said(conversation, this.#entry(message, theirs, state));
    }, this.#conversation);
  }

  #entry(message: Message, theirs: boolean, state: EntryState): Entry {
    return {
      instance: toBase64url(message.instance),
      first: message.counter,
      last: message.lastCounter,
      side: theirs ? 'theirs' : 'mine',
      kind: message.kind === Kind.farewell ? 'farewell' : 'text',
      name: message.author ?? '',
      text: message.text,
      state,
      clock: this.#options.clock(),
    };
  }

  /** Gaps are shown as they stand now; everything else that does not fit stays shown. */
  #noting(before: Conversation, anomalies: Heard['anomalies'], frame: Bytes): Conversation {
    const conversation = anomalies
      .filter(({ kind }) => kind !== 'gap')
      .reduce((now, anomaly) => this.#notingOne(now, anomaly, frame), before);
    const missing = this.#options.transcript.missing();
    return gapsAre(
      conversation,
      missing.map(({ instance, first }) => ({ kind: 'gap', instance: toBase64url(instance), counter: first })),
    );
  }

  #notingOne(conversation: Conversation, { kind, instance: bytes, counter }: Anomaly, frame: Bytes): Conversation {
    const instance = toBase64url(bytes);
    const own = parseFrameHeader(frame).direction === this.#options.direction;
    if (kind !== 'repeat' || !own) return noticed(conversation, { kind, instance, counter });
    // Our own committed frame, after its `accepted` was lost: no anomaly, but the answer itself.
    this.#outbox.accepted(instance, counter);
    return accepted(conversation, instance, counter);
  }

  async #hearSignal(frame: Bytes): Promise<void> {
    try {
      const signal = await this.#options.transcript.hearEphemeral(frame);
      if (signal.direction !== this.#options.direction) this.#takeSignal(signal);
    } catch (error) {
      // A late or broken sign of life: nothing depends on it.
      if (!(error instanceof CryptoError)) throw error;
    }
  }

  #takeSignal({ kind, text }: Signal): void {
    if (kind === Kind.typing) return this.#signals.heardTyping(parseTyping(text));
    const receipts = parseReceipts(text);
    this.#set(
      receipts.reduce((now, { instance, counter }) => delivered(now, toBase64url(instance), counter), this.#conversation),
    );
  }

  /** Without a line a signal is dropped: it would be old when it came. */
  #sendSignal(kind: Kind, text: Bytes): Promise<void> {
    return this.#inOrder(async () => {
      const frame = await this.#options.sender.composeEphemeral(kind, text);
      if (this.#connected) this.#options.transmit(frame);
    });
  }
}
