/** Frames: one message or a part of one, always 1,024 bytes, sealed once and signed. */
import { type Bytes, bind, concat, cut, integer, isZero, sha256, u16, u32, u64, u8 } from './binding.ts';
import { Malformed } from './failure.ts';
import { SALT } from './generation.ts';
import { type SigningKey, gcmOpen, gcmSeal, hkdf, verify } from './primitives.ts';
import { type FrameHeader, HEADER_LENGTH, parseFrameHeader, serializeHeader } from './shapes.ts';

export const Kind = { text: 1, introduction: 2, farewell: 3, typing: 16, receipt: 17 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

export const TEXT_LIMIT = 786;
export const PARTS_LIMIT = 16;
export const HEADS_LIMIT = 3;
const CHAIN = 16;
const INSTANCE = 8;
const COUNTER = 8;
const HEAD = INSTANCE + COUNTER + CHAIN;
const SIGNATURE = 64;
const RECEIPT = INSTANCE + COUNTER;
const RECEIPTS_LIMIT = 8;

/** The chain before an instance's first frame. */
export const NO_CHAIN: Bytes = new Uint8Array(CHAIN);
const NO_SIGNATURE: Bytes = new Uint8Array(SIGNATURE);
const UNUSED_HEAD: Bytes = new Uint8Array(HEAD);

/** The newest frame that a sender had heard of another instance. */
export interface Head {
  readonly instance: Bytes;
  readonly counter: number;
  readonly chain: Bytes;
}

/** What a frame says inside, without its signature. */
export interface Content {
  readonly kind: Kind;
  readonly part: number;
  readonly parts: number;
  readonly previous: Bytes;
  readonly heads: readonly Head[];
  readonly text: Bytes;
}

export interface OpenedFrame {
  readonly header: FrameHeader;
  readonly content: Content;
  readonly signature: Bytes;
  /** What the signature is over. */
  readonly signed: Bytes;
}

/** Everything up to this frame of an instance was opened. */
export interface Receipt {
  readonly instance: Bytes;
  readonly counter: number;
}

/** A kind's place: ephemeral kinds start at 16. */
export const isStored = (kind: Kind): boolean => kind < Kind.typing;

/** The chain after `frame`: whoever hears the next one checks that nothing before it was changed. */
export const chain = async (previous: Bytes, frame: Bytes): Promise<Bytes> =>
  (await sha256(bind('chain/1', previous, frame))).slice(0, CHAIN);

const frameKey = (key: Bytes, { stored, conversation, generation, direction, instance }: FrameHeader) =>
  hkdf(
    key,
    SALT,
    bind(stored ? 'message' : 'ephemeral', conversation, u32(generation), u8(direction), instance),
  );

const nonce = ({ counter }: FrameHeader) => concat(new Uint8Array(4), u64(counter));

const signedBytes = (header: Bytes, before: Bytes, after: Bytes) => bind('frame/1', header, concat(before, after));

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Malformed(what);
}

function serializeHeads(heads: readonly Head[]): Bytes {
  demand(heads.length <= HEADS_LIMIT, 'heads');
  const unused = Array.from({ length: HEADS_LIMIT - heads.length }, () => UNUSED_HEAD);
  return concat(...heads.flatMap((head) => [head.instance, u64(head.counter), head.chain]), ...unused);
}

function parseHeads(bytes: Bytes): readonly Head[] {
  const used = cut(bytes, HEAD, HEAD, HEAD).filter((head) => !isZero(head));
  return used.map((head) => {
    const [instance, counter, chainOf] = cut(head, INSTANCE, COUNTER, CHAIN);
    demand(!isZero(chainOf), 'head');
    return { instance, counter: integer(counter), chain: chainOf };
  });
}

/** Shape rules that hold for what we compose as well as for what we hear. */
function checkContent(stored: boolean, { kind, part, parts, previous, heads, text }: Content): void {
  demand(Object.values(Kind).includes(kind) && isStored(kind) === stored, 'kind');
  demand(part < parts && parts <= (kind === Kind.text ? PARTS_LIMIT : 1), 'part');
  demand(text.length <= TEXT_LIMIT, 'length');
  demand(stored || (isZero(previous) && heads.length === 0), 'ephemeral');
  if (kind === Kind.typing) parseTyping(text);
  if (kind === Kind.receipt) parseReceipts(text);
}

/** Seal a frame once; a retry sends the same bytes again. Ephemeral frames are not signed. */
export async function sealFrame(
  key: Bytes,
  header: FrameHeader,
  content: Content,
  signer: SigningKey | null,
): Promise<Bytes> {
  checkContent(header.stored, content);
  demand((signer !== null) === header.stored, 'signer');
  const { kind, part, parts, previous, heads, text } = content;
  const before = concat(u8(kind), u16(part), u16(parts), u16(text.length), previous, serializeHeads(heads));
  const after = concat(text, new Uint8Array(TEXT_LIMIT - text.length));
  const aad = serializeHeader(header);
  const signature = (await signer?.sign(signedBytes(aad, before, after))) ?? NO_SIGNATURE;
  const sealed = await gcmSeal(await frameKey(key, header), nonce(header), concat(before, signature, after), aad);
  return concat(aad, sealed);
}

/** Open and check the shape inside; whose signature it must be is only known to the transcript. */
export async function openFrame(key: Bytes, frame: Bytes): Promise<OpenedFrame> {
  const header = parseFrameHeader(frame);
  const aad = frame.slice(0, HEADER_LENGTH);
  const plaintext = await gcmOpen(await frameKey(key, header), nonce(header), frame.slice(HEADER_LENGTH), aad);
  const pieces = cut(plaintext, 1, 2, 2, 2, CHAIN, HEADS_LIMIT * HEAD, SIGNATURE, TEXT_LIMIT);
  const [kind, part, parts, length, previous, heads, signature, padded] = pieces;
  const textLength = integer(length);
  demand(textLength <= TEXT_LIMIT && isZero(padded.slice(textLength)), 'padding');
  const content: Content = {
    kind: integer(kind) as Kind,
    part: integer(part),
    parts: integer(parts),
    previous,
    heads: parseHeads(heads),
    text: padded.slice(0, textLength),
  };
  checkContent(header.stored, content);
  demand(header.stored || isZero(signature), 'ephemeral');
  const before = plaintext.slice(0, -SIGNATURE - TEXT_LIMIT);
  return { header, content, signature, signed: signedBytes(aad, before, padded) };
}

/** Nothing when the frame was signed by this key, tampered when not. */
export const verifyFrame = ({ signature, signed }: OpenedFrame, pk: Bytes): Promise<void> =>
  verify(pk, signature, signed);

export const serializeTyping = (writes: boolean): Bytes => u8(writes ? 1 : 0);

export function parseTyping(text: Bytes): boolean {
  demand(text.length === 1 && integer(text) <= 1, 'typing');
  return integer(text) === 1;
}

export const serializeReceipts = (receipts: readonly Receipt[]): Bytes =>
  concat(...receipts.flatMap(({ instance, counter }) => [instance, u64(counter)]));

export function parseReceipts(text: Bytes): readonly Receipt[] {
  const count = text.length / RECEIPT;
  demand(Number.isInteger(count) && count >= 1 && count <= RECEIPTS_LIMIT, 'receipt');
  return Array.from({ length: count }, (_, i) => {
    const [instance, counter] = cut(text.slice(i * RECEIPT, (i + 1) * RECEIPT), INSTANCE, COUNTER);
    return { instance, counter: integer(counter) };
  });
}
