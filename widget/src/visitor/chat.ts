/** The visitor's chat without a screen: one line, one conversation, and nothing said of it before the first word. */
import { type Bytes, fromBase64url } from '../../../crypto/binding.ts';
import { CryptoError } from '../../../crypto/failure.ts';
import type { Action } from '../../../crypto/proof.ts';
import { VISITOR } from '../../../crypto/shapes.ts';
import { Connection, type ConnectionState, type Surroundings, socketUrl } from '../connection.ts';
import { TO_VISITOR } from '../control.ts';
import { type Conversation, NEW } from '../conversation.ts';
import { Session } from '../session.ts';
import type { Deleted, FromVisitor, Opened, Phase, Refused, Resumed, ToVisitor } from '../wire.ts';
import { type Begun, begin } from './keys.ts';
import type { TrustedDesk } from './trust.ts';

/** Our own line, as a person has to know of it: `back` for a moment after it was lost. */
export type OwnLine = 'connecting' | 'here' | 'lost' | 'back';

/** What the person has asked for and the server has not answered yet. */
export type Asked = '' | 'end' | 'delete';

export interface ChatState {
  readonly conversation: Conversation;
  readonly line: OwnLine;
  readonly asked: Asked;
  /** The server's receipt, after `delete`. */
  readonly destroyed: Pick<Deleted, 'keys' | 'frames'> | null;
}

export interface ChatOptions {
  readonly desk: TrustedDesk;
  readonly origin: string;
  readonly language: string;
  readonly surroundings: Surroundings;
  readonly clock: () => string;
  readonly today: () => number;
  readonly changed: (state: ChatState) => void;
}

interface Talk extends Begun {
  readonly session: Session;
}

type Question = 'open' | Action;

/** In the others nothing is left to end. */
const OPEN_PHASES: readonly string[] = ['waiting', 'active'];

/** How long "the line is back" is worth reading. */
const BACK_FOR = 4_000;

export class Chat {
  readonly #options: ChatOptions;
  readonly #connection: Connection<ToVisitor>;
  #state: ChatState = { conversation: NEW, line: 'connecting', asked: '', destroyed: null };
  #keys: Promise<Begun> | null = null;
  #talk: Talk | null = null;
  /** The newest unused nonce of this socket. */
  #nonce = '';
  /** Does this socket know of our conversation? */
  #attached = false;
  /** Did an earlier socket? Then it may be stored although nobody told us. */
  #tried = false;
  #opened = false;
  /** Counts sockets, so that an answer made for one is never sent over the next. */
  #line = 0;
  /** What this socket was asked and has not answered, oldest first: a refusal without an identity means the oldest. */
  #questions: readonly Question[] = [];

  constructor(options: ChatOptions) {
    const { origin, language, surroundings } = options;
    this.#options = options;
    this.#connection = new Connection(socketUrl(origin, `/ws/${language}`), TO_VISITOR, surroundings, {
      state: (state) => this.#lineBecomes(state),
      control: (message) => this.#control(message),
      delivery: (seq, frame) => void this.#talk?.session.delivery(seq, frame),
      garbage: () => this.#talk?.session.garbage(),
    });
  }

  get state(): ChatState {
    return this.#state;
  }

  start(): void {
    this.#connection.start();
  }

  /** Make the keys while the first words are being found, so that sending them is quick. Nothing is sent. */
  prepare(): Promise<Begun> {
    this.#keys ??= begin(this.#options.desk, this.#options.origin);
    return this.#keys;
  }

  async say(text: string): Promise<void> {
    const begun = await this.prepare();
    // Deleted while the keys were being made.
    if (this.#state.conversation.phase === 'shredded') return;
    this.#talk ??= { ...begun, session: this.#newSession(begun) };
    this.#attach();
    await this.#talk.session.say(text);
  }

  /** A key was pressed. */
  writes(): void {
    this.#talk?.session.writes();
  }

  stopsWriting(): void {
    this.#talk?.session.stopsWriting();
  }

  /** Close the conversation. */
  end(): void {
    this.#ask('end');
  }

  /** Destroy the conversation, here and on the server. */
  delete(): void {
    this.#ask('delete');
  }

  /** The network is said to be back, or the page is looked at again. */
  retry(): void {
    this.#connection.retry();
  }

  /** The page goes away: say so, and forget everything. */
  leave(): void {
    if (this.#talk) this.#send({ t: 'leave' });
    this.#forget();
  }

  #set(change: Partial<ChatState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.changed(this.#state);
  }

  #send(message: FromVisitor | Bytes): boolean {
    return this.#connection.send(message);
  }

  #newSession({ sender, transcript }: Begun): Session {
    const { surroundings, clock, today } = this.#options;
    return new Session({
      sender,
      transcript,
      direction: VISITOR,
      transmit: (frame) => this.#send(frame),
      after: surroundings.after,
      clock,
      today,
      changed: (conversation) => this.#set({ conversation }),
      overdue: () => this.#connection.renew(),
    });
  }

  #forget(): void {
    this.#talk?.session.stop();
    this.#talk = null;
    this.#keys = null;
    this.#connection.stop();
  }

  // The line.

  #lineBecomes(state: ConnectionState): void {
    if (state === 'open') return;
    this.#line++;
    this.#nonce = '';
    this.#attached = false;
    this.#questions = [];
    this.#talk?.session.disconnected();
    if (state === 'waiting') this.#set({ line: 'lost' });
  }

  #lineIsHere(): void {
    if (this.#state.line !== 'lost') return this.#set({ line: 'here' });
    this.#set({ line: 'back' });
    this.#options.surroundings.after(BACK_FOR, () => {
      if (this.#state.line === 'back') this.#set({ line: 'here' });
    });
  }

  /** Tell this socket of our conversation, once both exist. The first time the words follow right behind the opening. */
  #attach(): void {
    if (!this.#talk || !this.#nonce || this.#attached) return;
    this.#attached = true;
    if (!this.#opened) this.#question('open', this.#talk.opening);
    if (this.#tried) void this.#prove('resume');
    else this.#talk.session.connected();
    this.#tried = true;
  }

  #question(question: Question, message: FromVisitor | Bytes): void {
    if (this.#send(message)) this.#questions = [...this.#questions, question];
  }

  #answered(question: Question): void {
    this.#questions = this.#questions.filter((one) => one !== question);
  }

  async #prove(action: Action): Promise<void> {
    const talk = this.#talk;
    const nonce = this.#nonce;
    const line = this.#line;
    if (!talk || !nonce) return;
    this.#nonce = '';
    try {
      const proof = await talk.prove(action, fromBase64url(nonce));
      if (line !== this.#line) return;
      const after = talk.session.conversation.cursor;
      this.#question(action, action === 'resume' ? { t: action, ...proof, after } : { t: action, ...proof });
    } catch (error) {
      if (!(error instanceof CryptoError)) throw error;
      talk.session.garbage();
    }
  }

  #ask(asked: Exclude<Asked, ''>): void {
    if (!this.#talk) return;
    this.#set({ asked });
    this.#askAgain();
  }

  /** What was asked for stays asked for until it is answered, over lost lines too. */
  #askAgain(): void {
    const { asked } = this.#state;
    if (asked && this.#attached && !this.#questions.includes(asked)) void this.#prove(asked);
  }

  // What the server says.

  #control(message: ToVisitor): void {
    if (message.t === 'hello') return this.#hello(message.nonce);
    if (message.t === 'refused' && !message.instance) return this.#refused(message);
    const { session, conversation } = this.#talk ?? {};
    if (!session || message.conversation !== conversation) return;
    if (message.t === 'accepted') session.accepted(message);
    else if (message.t === 'refused') session.refused(message);
    else if (message.t === 'line') session.line(message.line);
    else if (message.t === 'deleted') this.#deleted({ keys: message.keys, frames: message.frames });
    else this.#inPhase(session, message);
  }

  #hello(nonce: string): void {
    this.#nonce = nonce;
    if (this.#talk) this.#attach();
    else this.#lineIsHere();
    this.#askAgain();
  }

  #inPhase(session: Session, message: Opened | Resumed | Phase): void {
    if (message.t === 'opened') this.#answered('open');
    if (message.t === 'resumed') this.#answered('resume');
    if (message.t !== 'phase') this.#opened = true;
    session.phase(message.phase);
    if (!OPEN_PHASES.includes(message.phase)) this.#ended();
    if (message.t !== 'resumed') return;
    session.connected();
    this.#lineIsHere();
  }

  #ended(): void {
    this.#answered('end');
    if (this.#state.asked === 'end') this.#set({ asked: '' });
  }

  #deleted(destroyed: ChatState['destroyed']): void {
    this.#forget();
    this.#set({ conversation: { ...NEW, phase: 'shredded' }, asked: '', destroyed });
  }

  /** Not there any more. What stands on the screen stays readable, unless it was we who wanted it gone. */
  #gone(session: Session): void {
    if (this.#state.asked === 'delete') return this.#deleted(null);
    session.phase('shredded');
    this.#forget();
    this.#set({ asked: '' });
  }

  /** A refusal that names no frame is the answer to the oldest question. */
  #refused({ code }: Refused): void {
    const [question, ...rest] = this.#questions;
    this.#questions = rest;
    const session = this.#talk?.session;
    if (!session || !question) return;
    if (code === 'too-fast') this.#connection.renew();
    else if (question === 'open') session.refusedAltogether(code);
    else if (code === 'unknown') this.#gone(session);
    else if (question === this.#state.asked) this.#set({ asked: '' });
  }
}
