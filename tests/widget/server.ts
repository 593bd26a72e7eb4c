/** The server's side of a visitor's line, as docs/protocol.md tells it, in memory: what it stores, says and forgets. */
import { type Bytes, fromBase64url, toBase64url } from '../../crypto/binding.ts';
import { proofMessage } from '../../crypto/proof.ts';
import { verify } from '../../crypto/primitives.ts';
import { parseFrameHeader, parseOpening } from '../../crypto/shapes.ts';
import type { FakeSocket, Wires } from './wires.ts';

const FRAME = 1024;

interface Stored {
  readonly frame: Bytes;
  readonly identity: string;
}

export class FakeServer {
  readonly wires: Wires;
  readonly org: Bytes;
  readonly origin: string;
  /** Says no to the next question that names no frame. */
  nextRefusal = '';
  /** Commits, and then the line breaks before anybody hears of it. */
  silent = false;
  conversation = '';
  opening: Bytes | null = null;
  phase = 'waiting';
  frames: readonly Stored[] = [];
  #read = 0;
  #nonce: Bytes = new Uint8Array(32);
  #greeted: FakeSocket | null = null;

  constructor(wires: Wires, org: Bytes, origin: string) {
    this.wires = wires;
    this.org = org;
    this.origin = origin;
  }

  /** Take the newest socket's call. */
  answer(): void {
    this.#read = 0;
    this.wires.newest.open();
    this.#greeted = this.wires.newest;
    this.#hello();
  }

  /** Answer everything that came since, until nothing comes any more. */
  async serve(): Promise<void> {
    for (let idle = 0; idle < 20; idle++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const socket = this.#greeted;
      const message = socket?.closed ? undefined : socket?.sent[this.#read];
      if (message === undefined) continue;
      this.#read++;
      idle = 0;
      if (typeof message === 'string') await this.#control(JSON.parse(message) as Record<string, string>);
      else if (message.length === FRAME) this.#frame(message);
      else await this.#open(message);
    }
  }

  /** A committed frame of the other side. */
  push(frame: Bytes): void {
    const seq = this.#store(frame);
    if (!this.silent) this.#greeted?.deliver(seq, frame);
  }

  tell(control: Readonly<Record<string, unknown>>): void {
    if (!this.silent) this.#greeted?.tell(control);
  }

  #hello(): void {
    this.#nonce = crypto.getRandomValues(new Uint8Array(32));
    this.tell({ t: 'hello', nonce: toBase64url(this.#nonce) });
  }

  #refused(): boolean {
    const code = this.nextRefusal;
    this.nextRefusal = '';
    if (code) this.tell({ t: 'refused', code });
    return code !== '';
  }

  async #open(opening: Bytes): Promise<void> {
    if (this.#refused()) return;
    this.opening = opening;
    this.conversation = toBase64url((await parseOpening(opening)).conversation);
    this.tell({ t: 'opened', conversation: this.conversation, phase: this.phase });
  }

  #store(frame: Bytes): number {
    const { instance, counter } = parseFrameHeader(frame);
    const identity = `${toBase64url(instance)} ${counter}`;
    const known = this.frames.findIndex((one) => one.identity === identity);
    if (known >= 0) return known + 1;
    this.frames = [...this.frames, { frame, identity }];
    return this.frames.length;
  }

  #frame(frame: Bytes): void {
    const { stored, conversation, instance, counter } = parseFrameHeader(frame);
    if (!stored) return;
    const identity = { conversation: toBase64url(conversation), instance: toBase64url(instance), counter };
    if (identity.conversation !== this.conversation) return this.tell({ t: 'refused', code: 'unknown', ...identity });
    if (this.phase === 'closed') return this.tell({ t: 'refused', code: 'not-now', ...identity });
    this.tell({ t: 'accepted', ...identity, seq: this.#store(frame) });
  }

  async #control(control: Readonly<Record<string, string>>): Promise<void> {
    const { t = '', conversation = '', key = '', signature = '' } = control;
    if (t === 'leave') return;
    const nonce = this.#nonce;
    this.#hello();
    if (this.#refused()) return;
    const message = proofMessage(this.org, this.origin, t as 'end', fromBase64url(conversation), nonce);
    await verify(fromBase64url(key), fromBase64url(signature), message);
    if (conversation !== this.conversation) return this.tell({ t: 'refused', code: 'unknown' });
    if (t === 'resume') this.#resume(conversation, Number(control['after']));
    else if (t === 'end') this.tell({ t: 'phase', conversation, phase: (this.phase = 'closed') });
    else this.#delete(conversation);
  }

  #resume(conversation: string, after: number): void {
    this.tell({ t: 'resumed', conversation, phase: this.phase, last: this.frames.length });
    this.frames.forEach(({ frame }, i) => i >= after && this.#greeted?.deliver(i + 1, frame));
  }

  #delete(conversation: string): void {
    const { length } = this.frames;
    this.frames = [];
    this.conversation = '';
    this.tell({ t: 'deleted', conversation, keys: 2, frames: length });
  }
}
