/** A console without a screen, a visitor with real keys, and a server that does what the test says. */
import { type Bytes, concat, toBase64url, u64 } from '../../../crypto/binding.ts';
import { Kind, openFrame } from '../../../crypto/frame.ts';
import { publicKey } from '../../../crypto/hpke.ts';
import { composeOpening } from '../../../crypto/opening.ts';
import { SigningKey } from '../../../crypto/primitives.ts';
import { Sender, newInstance } from '../../../crypto/sender.ts';
import { VISITOR, parseFrameHeader, parseOpening } from '../../../crypto/shapes.ts';
import { Transcript } from '../../../crypto/transcript.ts';
import type { Socket } from '../../../widget/src/connection.ts';
import { unlock } from '../../../widget/src/console/keyring.ts';
import { SerialBook, type Shelf } from '../../../widget/src/console/serials.ts';
import { Unaccepted } from '../../../widget/src/console/unaccepted.ts';
import { Workplace } from '../../../widget/src/console/workplace.ts';
import type { Listed, Opening, ToCounsellor } from '../../../widget/src/wire.ts';
import { type Organisation, TODAY, foundOrganisation, idOf, seedOf } from './organisation.ts';

export const DESK = toBase64url(idOf('desk'));

/** A browser's storage. */
export function newShelf(): Shelf & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return { kept, getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

/** Let everything that was promised happen: WebCrypto answers from threads of its own. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 30; i++) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** One visitor with an opened conversation. */
export interface Visitor {
  readonly id: string;
  readonly key: Bytes;
  readonly sender: Sender;
  readonly transcript: Transcript;
  readonly opening: (last: number, change?: Partial<Opening>) => Opening;
  readonly say: (text: string) => Promise<Bytes>;
}

export async function newVisitor({ org }: Organisation, epoch = 2, name = 'visitor'): Promise<Visitor> {
  const signer = await SigningKey.fromSeed(seedOf(name));
  const key = seedOf(`${name} K`);
  const desk = { desk: idOf('desk'), epoch, pk: await publicKey(seedOf(`epoch ${epoch}`)) };
  const bytes = await composeOpening(org, key, signer, await publicKey(seedOf('live')), [desk]);
  const { conversation, stub, wraps, sealed } = await parseOpening(bytes);
  const id = toBase64url(conversation);
  const transcript = new Transcript({ org, serial: 0 }, idOf('desk'), conversation, [[1, key]], signer.publicKey);
  const sender = new Sender({ conversation, generation: 1, direction: VISITOR, instance: newInstance() }, key, signer);
  return {
    id,
    key,
    sender,
    transcript,
    opening: (last, change = {}) => ({
      t: 'opening',
      conversation: id,
      desk: DESK,
      epoch,
      stub: toBase64url(stub),
      wrap: toBase64url(wraps[0]!.wrap),
      sealed: toBase64url(sealed),
      phase: 'active',
      line: 'here',
      last,
      ...change,
    }),
    say: async (text) => {
      const [frame] = await sender.compose(Kind.text, text, transcript.heads(sender.instance));
      await transcript.hear(frame!, TODAY);
      return frame!;
    },
  };
}

export const inList = ({ id }: Visitor, phase = 'active', minutes = -1): Listed => ({
  conversation: id,
  desk: DESK,
  language: 'sv',
  phase,
  line: 'here',
  minutes,
});

type Control = { readonly t: string } & Readonly<Record<string, unknown>>;

/** The server's end of one socket: what the console said, and a way to answer. */
export class Line implements Socket {
  binaryType = '';
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  readonly controls: Control[] = [];
  readonly frames: Bytes[] = [];

  send(said: string | Bytes): void {
    if (typeof said === 'string') this.controls.push(JSON.parse(said) as Control);
    else this.frames.push(said);
  }

  close(): void {}

  opens(): void {
    this.onopen?.({} as never);
  }

  /** The line breaks. */
  breaks(): void {
    this.onclose?.({} as never);
  }

  tells(message: ToCounsellor): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  delivers(seq: number, frame: Bytes): void {
    this.onmessage?.({ data: concat(u64(seq), frame).buffer });
  }

  accepts(frame: Bytes, seq: number): void {
    const { conversation, instance, counter } = parseFrameHeader(frame);
    this.tells({
      t: 'accepted',
      conversation: toBase64url(conversation),
      instance: toBase64url(instance),
      counter,
      seq,
    });
  }

  said(t: string): readonly Control[] {
    return this.controls.filter((control) => control.t === t);
  }

  /** Stored frames, each once. */
  get stored(): readonly Bytes[] {
    return this.frames.filter((frame) => parseFrameHeader(frame).stored);
  }
}

export interface Stage {
  readonly workplace: Workplace;
  readonly unaccepted: Unaccepted;
  readonly lost: () => number;
  /** The newest socket. */
  readonly line: () => Line;
  /** Let the next try of the connection happen now. */
  readonly reconnect: () => Line;
}

/** A console of this organisation's counsellor, as after unlocking; the same shelf is the same tab after a reload. */
export async function openStage(organisation: Organisation, shelf: Shelf = newShelf()): Promise<Stage> {
  const stretched = { ...organisation.stretched, root: organisation.stretched.root.slice() };
  const keyring = await unlock(stretched, organisation.me, new SerialBook(), TODAY);
  const unaccepted = new Unaccepted(shelf);
  const lines: Line[] = [];
  const timers = new Set<() => void>();
  let lost = 0;
  const workplace = new Workplace({
    url: 'ws://console/ws',
    keyring,
    unaccepted,
    surroundings: {
      socket: () => {
        const line = new Line();
        lines.push(line);
        return line;
      },
      after: (_, run) => {
        timers.add(run);
        return () => timers.delete(run);
      },
      random: () => 0,
    },
    clock: () => '12:00',
    today: () => TODAY,
    changed: () => {},
    lost: () => lost++,
  });
  workplace.start();
  const line = () => lines.at(-1)!;
  line().opens();
  const reconnect = () => {
    for (const run of [...timers]) if (timers.delete(run)) run();
    line().opens();
    return line();
  };
  return { workplace, unaccepted, lost: () => lost, line, reconnect };
}

export const founded = foundOrganisation();

export const entriesOf = ({ workplace }: Stage, { id }: Visitor) => workplace.board.open.get(id)!.conversation.entries;
export const textsOf = (stage: Stage, visitor: Visitor) => entriesOf(stage, visitor).map(({ text }) => text);
export const kindsOf = async (line: Line, { key }: Visitor) =>
  Promise.all(line.stored.map(async (frame) => (await openFrame(key, frame)).content.kind));

/** A conversation that this counsellor has just taken. */
export async function taken(words: readonly string[] = ['Hej']): Promise<readonly [Stage, Visitor, Line]> {
  const organisation = await founded;
  const [stage, visitor] = [await openStage(organisation), await newVisitor(organisation)];
  const line = stage.line();
  line.tells({ t: 'conversations', waiting: [inList(visitor, 'waiting', 3)], mine: [] });
  stage.workplace.take(visitor.id);
  line.tells(visitor.opening(words.length));
  for (const [i, word] of words.entries()) line.delivers(i + 1, await visitor.say(word));
  line.tells({ t: 'phase', conversation: visitor.id, phase: 'active' });
  line.tells({ t: 'conversations', waiting: [], mine: [inList(visitor)] });
  await settled();
  return [stage, visitor, line];
}

export const anomaliesOf = ({ workplace }: Stage, { id }: Visitor) =>
  workplace.board.open.get(id)!.conversation.anomalies.map(({ kind }) => kind);
