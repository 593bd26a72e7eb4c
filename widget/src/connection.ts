/** One WebSocket that is opened again and again; it says what came, and never throws because of a server. */
import { type Bytes, integer } from '../../crypto/binding.ts';
import { FRAME_LENGTH } from '../../crypto/shapes.ts';
import { type Dialect, parseControl } from './control.ts';
import { DELIVERY_PREFIX } from './wire.ts';

/** `waiting` between two tries, `closed` once stopped. */
export type ConnectionState = 'connecting' | 'open' | 'waiting' | 'closed';

/** Why something that came was thrown away; its content is never kept. */
export type Garbage = 'binary' | 'control' | 'seq';

/** The part of WebSocket that is used, so that a test can be one. */
export interface Socket {
  binaryType: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: never) => void) | null;
  send(data: string | Bytes): void;
  close(): void;
}

/** Time and randomness as arguments: `after` gives back what cancels it. */
export interface Surroundings {
  readonly socket: (url: string) => Socket;
  readonly after: (milliseconds: number, run: () => void) => () => void;
  readonly random: () => number;
}

export interface ConnectionListener<C> {
  state(state: ConnectionState): void;
  control(message: C): void;
  /** `seq` 0: an ephemeral frame. */
  delivery(seq: number, frame: Bytes): void;
  garbage(what: Garbage): void;
}

const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;
/** A socket that neither opens nor fails within this time is given up. */
const OPENING_TIMEOUT = 10_000;

/** What a server that cannot serve still says: it must not be hammered for that. */
const BEFORE_SERVICE: readonly string[] = ['hello', 'refused'];

/** Full jitter: after a restart of the server its visitors come back spread out, not at once. */
export const backoff = (attempt: number, random: () => number): number =>
  Math.round(random() * Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(attempt, 16)));

export class Connection<C extends { readonly t: string }> {
  readonly #url: string;
  readonly #dialect: Dialect<C>;
  readonly #surroundings: Surroundings;
  readonly #listener: ConnectionListener<C>;
  #state: ConnectionState = 'closed';
  #socket: Socket | null = null;
  #cancel: () => void = () => {};
  #attempt = 0;

  constructor(url: string, dialect: Dialect<C>, surroundings: Surroundings, listener: ConnectionListener<C>) {
    this.#url = url;
    this.#dialect = dialect;
    this.#surroundings = surroundings;
    this.#listener = listener;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Connect, and from now on stay connected; does nothing while already trying. */
  start(): void {
    if (this.#state === 'closed') this.#connect();
  }

  /** Stop for good, until `start`. */
  stop(): void {
    this.#drop();
    this.#attempt = 0;
    this.#become('closed');
  }

  /** Do not wait any longer: the network says it is back, or the person has pressed a button. */
  retry(): void {
    if (this.#state === 'waiting') this.#connect();
  }

  /** Nothing was heard for too long: give this socket up and take a new one. */
  renew(): void {
    if (this.#state !== 'open' && this.#state !== 'connecting') return;
    this.#drop();
    this.#wait();
  }

  /** False when the line is not open: then nothing was sent. */
  send(message: Bytes | { readonly t: string }): boolean {
    if (this.#state !== 'open' || !this.#socket) return false;
    this.#socket.send(message instanceof Uint8Array ? message : JSON.stringify(message));
    return true;
  }

  #become(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#listener.state(state);
  }

  #connect(): void {
    this.#cancel();
    let socket: Socket;
    try {
      socket = this.#surroundings.socket(this.#url);
    } catch {
      // A page without a network policy for this address: shown as a lost line, tried again.
      this.#wait();
      return;
    }
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onopen = () => {
      this.#cancel();
      this.#become('open');
    };
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = () => {
      this.#drop();
      this.#wait();
    };
    this.#cancel = this.#surroundings.after(OPENING_TIMEOUT, () => this.renew());
    this.#become('connecting');
  }

  /** From now on nothing of the present socket is heard. */
  #drop(): void {
    this.#cancel();
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #wait(): void {
    const delay = backoff(this.#attempt++, this.#surroundings.random);
    this.#cancel = this.#surroundings.after(delay, () => this.#connect());
    this.#become('waiting');
  }

  #receive(data: unknown): void {
    if (typeof data === 'string') this.#receiveControl(data);
    else if (data instanceof ArrayBuffer) this.#receiveDelivery(new Uint8Array(data));
    else this.#listener.garbage('binary');
  }

  #receiveControl(text: string): void {
    const message = parseControl(this.#dialect, text);
    if (!message) return this.#listener.garbage('control');
    if (!BEFORE_SERVICE.includes(message.t)) this.#attempt = 0;
    this.#listener.control(message);
  }

  #receiveDelivery(bytes: Bytes): void {
    if (bytes.length !== DELIVERY_PREFIX + FRAME_LENGTH) return this.#listener.garbage('binary');
    let seq: number;
    try {
      seq = integer(bytes.slice(0, DELIVERY_PREFIX));
    } catch {
      return this.#listener.garbage('seq');
    }
    this.#listener.delivery(seq, bytes.slice(DELIVERY_PREFIX));
  }
}

/** A browser's own surroundings. */
export const BROWSER: Surroundings = {
  socket: (url) => new WebSocket(url) as unknown as Socket,
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

/** `ws://` or `wss://` with the origin's own host and port. */
export const socketUrl = (origin: string, path: string): string => origin.replace(/^http/, 'ws') + path;
