/** Sockets without a network: what a page sends is kept, what a test says comes in. */
import type { Bytes } from '../../crypto/binding.ts';
import { concat, u64 } from '../../crypto/binding.ts';
import type { Socket } from '../../widget/src/connection.ts';

export class FakeSocket implements Socket {
  readonly url: string;
  binaryType = '';
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  closed = false;
  readonly sent: (string | Bytes)[] = [];

  constructor(url: string) {
    this.url = url;
  }

  send(data: string | Bytes): void {
    this.sent.push(data);
  }

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.onopen?.(undefined as never);
  }

  say(data: unknown): void {
    this.onmessage?.({ data });
  }

  tell(control: Readonly<Record<string, unknown>>): void {
    this.say(JSON.stringify(control));
  }

  deliver(seq: number, frame: Bytes): void {
    this.say(concat(u64(seq), frame).buffer);
  }

  /** The line breaks. */
  cut(): void {
    this.closed = true;
    this.onclose?.(undefined as never);
  }

  get controls(): readonly Readonly<Record<string, unknown>>[] {
    return this.sent.filter((one) => typeof one === 'string').map((one) => JSON.parse(one) as Record<string, unknown>);
  }

  get binaries(): readonly Bytes[] {
    return this.sent.filter((one) => typeof one !== 'string');
  }
}

/** Every socket that was asked for, newest last. */
export class Wires {
  readonly sockets: FakeSocket[] = [];

  readonly socket = (url: string): FakeSocket => {
    const socket = new FakeSocket(url);
    this.sockets.push(socket);
    return socket;
  };

  get newest(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('no socket yet');
    return socket;
  }
}
