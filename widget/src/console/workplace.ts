/** A counsellor at work: one line to the server, the sessions of open conversations, and the board that shows both. */
import { type Bytes, toBase64url } from '../../../crypto/binding.ts';
import { CryptoError } from '../../../crypto/failure.ts';
import { STAFF, parseFrameHeader } from '../../../crypto/shapes.ts';
import { Connection, type ConnectionState, type Surroundings } from '../connection.ts';
import { TO_COUNSELLOR } from '../control.ts';
import type { Accepted, FromCounsellor, Opening, Phase, Refused, ToCounsellor } from '../wire.ts';
import * as boards from './board.ts';
import type { Keyring } from './keyring.ts';
import { faultOf, unseal } from './opened.ts';
import { type Place, Places, deliver, introduce, newPlace } from './places.ts';
import type { Unaccepted } from './unaccepted.ts';

export interface WorkplaceOptions {
  readonly url: string;
  readonly keyring: Keyring;
  readonly unaccepted: Unaccepted;
  readonly surroundings: Surroundings;
  /** Local time of day, for new entries. */
  readonly clock: () => string;
  /** Days since 1970. */
  readonly today: () => number;
  readonly changed: (board: boards.Board) => void;
  /** The line was lost, or the server does not know us: is the sign-in still good? */
  readonly lost: () => void;
}

export class Workplace {
  readonly #options: WorkplaceOptions;
  readonly #connection: Connection<ToCounsellor>;
  readonly #places = new Places();
  /** What this line was asked for, by conversation: the next line knows nothing of it. */
  readonly #asked = { reading: new Set<string>(), taking: new Set<string>(), closing: new Set<string>() };
  /** The farewell is sealed: what is left is to have it accepted. */
  readonly #saidGoodbye = new Set<string>();
  #board: boards.Board = boards.EMPTY_BOARD;

  constructor(options: WorkplaceOptions) {
    this.#options = options;
    this.#connection = new Connection(options.url, TO_COUNSELLOR, options.surroundings, {
      state: (state) => this.#lineIs(state),
      control: (message) => this.#control(message),
      delivery: (seq, frame) => this.#delivery(seq, frame),
      garbage: () => this.#garbage(),
    });
  }

  get board(): boards.Board {
    return this.#board;
  }

  start(): void {
    this.#connection.start();
  }

  /** The network says that it is back. */
  retry(): void {
    this.#connection.retry();
  }

  /** For good: nothing is heard or sent any more, and every session is forgotten. */
  stop(): void {
    this.#connection.stop();
    this.#places.forgetAll();
  }

  // What the counsellor does.

  take(id: string): void {
    if (this.#send({ t: 'take', conversation: id })) this.#asked.taking.add(id);
  }

  /** Put a conversation on the screen; one that is only in the list is opened now. */
  show(id: string): void {
    this.#set(boards.shows(this.#board, id));
    if (id && !this.#board.open.has(id)) this.#read(id);
  }

  draft(id: string, text: string): void {
    this.#set(boards.drafted(this.#board, id, text));
    this.#places.at(id, ({ session }) => (text ? session.writes() : session.stopsWriting()));
  }

  say(id: string, text: string): void {
    this.#set(boards.drafted(this.#board, id, ''));
    this.#places.at(id, (place) => {
      introduce(place);
      void place.session.say(text);
    });
  }

  /** Goodbye first, as a sealed frame of its own; the server closes once that is accepted. */
  close(id: string, farewell: string): void {
    this.#set(boards.isClosing(this.#board, id));
    this.#places.at(id, async (place) => {
      introduce(place);
      await place.session.sayFarewell(farewell);
      this.#saidGoodbye.add(id);
      this.#closeIfSaid(id, place);
    });
  }

  /** Take a closed conversation off this page. */
  putAway(id: string): void {
    this.#places.forget(id);
    this.#asked.reading.delete(id);
    this.#set(boards.putAway(this.#board, id));
  }

  dismissNotice(): void {
    this.#set(boards.withNotice(this.#board, null));
  }

  // What the line does.

  #lineIs(state: ConnectionState): void {
    if (state === 'open') return this.#lineOpened();
    if (state === 'waiting') this.#lineLost();
    else if (this.#board.line === 'open') this.#set(boards.onBoardLine(this.#board, 'lost'));
  }

  #lineLost(): void {
    for (const asked of Object.values(this.#asked)) asked.clear();
    this.#places.everywhere(({ session }) => session.disconnected());
    this.#set(boards.onBoardLine(this.#board, 'lost'));
    this.#options.lost();
  }

  #lineOpened(): void {
    this.#set(boards.onBoardLine(this.#board, 'open'));
    this.#send({ t: 'watch' });
    for (const id of boards.unfinished(this.#board)) this.#read(id);
  }

  #control(message: ToCounsellor): void {
    switch (message.t) {
      case 'conversations':
        this.#set(boards.listed(this.#board, message));
        for (const id of boards.unopened(this.#board)) this.#read(id);
        return;
      case 'opening':
        return this.#opening(message);
      case 'accepted':
        return this.#accepted(message);
      case 'refused':
        return message.instance ? this.#refusedFrame(message, message.instance) : this.#refused(message);
      case 'phase':
        return this.#phase(message);
      case 'line':
        return this.#places.at(message.conversation, ({ session }) => session.line(message.line));
    }
  }

  #opening(opening: Opening): void {
    const id = opening.conversation;
    this.#set(boards.began(this.#board, id));
    if (this.#asked.taking.has(id)) this.#set(boards.shows(this.#board, id));
    void this.#places.open(id, () => this.#open(opening));
    this.#places.at(id, (place) => {
      const { session } = place;
      place.history.last = opening.last;
      session.history(opening.last);
      session.phase(opening.phase);
      session.line(opening.line);
      session.connected();
      // Who has come is told at once; after a reload it is told before the first own word.
      if (this.#asked.taking.delete(id)) introduce(place);
    });
  }

  async #open(opening: Opening): Promise<Place | null> {
    const id = opening.conversation;
    const { keyring, unaccepted, surroundings, clock, today } = this.#options;
    try {
      const unsealed = await unseal(keyring, opening);
      this.#set(boards.opened(this.#board, id, unsealed.seal));
      return newPlace(unsealed, opening.last, unaccepted.of(id), {
        transmit: (frame) => this.#connection.send(frame),
        after: surroundings.after,
        clock,
        today,
        changed: (conversation) => this.#set(boards.changed(this.#board, id, conversation)),
        overdue: () => this.#connection.renew(),
        sealed: (frames) => unaccepted.add(frames),
      });
    } catch (error) {
      this.#set(boards.faulted(this.#board, id, faultOf(error)));
      return null;
    }
  }

  #delivery(seq: number, frame: Bytes): void {
    try {
      const { conversation, direction, instance, counter } = parseFrameHeader(frame);
      const id = toBase64url(conversation);
      // A committed frame of one's own needs no second copy here.
      if (seq && direction === STAFF) this.#options.unaccepted.accepted(id, toBase64url(instance), counter);
      this.#places.at(id, async (place) => {
        await deliver(place, seq, frame);
        this.#closeIfSaid(id, place);
      });
    } catch (error) {
      if (!(error instanceof CryptoError)) throw error;
      this.#garbage();
    }
  }

  #accepted(message: Accepted): void {
    const { conversation, instance, counter } = message;
    this.#options.unaccepted.accepted(conversation, instance, counter);
    this.#places.at(conversation, (place) => {
      place.session.accepted(message);
      this.#closeIfSaid(conversation, place);
    });
  }

  #refusedFrame(message: Refused, instance: string): void {
    const { code, conversation = '' } = message;
    if (code !== 'too-fast') this.#options.unaccepted.drop(conversation, instance);
    this.#places.at(conversation, (place) => {
      place.session.refused(message);
      this.#closeIfSaid(conversation, place);
    });
  }

  #refused({ code, conversation = '' }: Refused): void {
    if (code === 'sign-in') return this.#options.lost();
    for (const asked of Object.values(this.#asked)) asked.delete(conversation);
    if (code === 'unknown' && this.#board.open.has(conversation)) return this.#gone(conversation, 'gone');
    this.#set(boards.withNotice(this.#board, { key: `refusal.${code}`, conversation }));
  }

  #phase({ conversation, phase }: Phase): void {
    if (phase === 'shredded') return this.#gone(conversation, 'shredded');
    this.#places.at(conversation, ({ session }) => session.phase(phase));
  }

  /** No longer ours, or no longer there: its text does not stay on this page either. */
  #gone(id: string, fault: boards.Fault): void {
    this.#places.forget(id);
    this.#options.unaccepted.forget(id);
    this.#set(boards.faulted(this.#board, id, fault));
  }

  #garbage(): void {
    this.#set(boards.withNotice(this.#board, { key: 'notice.garbage', conversation: '' }));
  }

  #read(id: string): void {
    if (this.#asked.reading.has(id)) return;
    const after = this.#board.open.get(id)?.conversation.cursor ?? 0;
    if (this.#send({ t: 'read', conversation: id, after })) this.#asked.reading.add(id);
  }

  #closeIfSaid(id: string, { session }: Place): void {
    if (!this.#saidGoodbye.has(id) || session.unaccepted > 0 || this.#asked.closing.has(id)) return;
    if (session.conversation.phase !== 'active') return;
    if (this.#send({ t: 'close', conversation: id })) this.#asked.closing.add(id);
  }

  #send(message: FromCounsellor): boolean {
    return this.#connection.send(message);
  }

  #set(board: boards.Board): void {
    if (board === this.#board) return;
    this.#board = board;
    this.#options.changed(board);
  }
}
