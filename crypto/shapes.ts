/** The outside of openings and frames: what can be checked without any key. */
import { type Bytes, concat, cut, integer, isZero, sha256, toHex, u32, u64, u8 } from './binding.ts';
import { Malformed } from './failure.ts';

export const VERSION = 1;

export const OPENING_LENGTH = 4096;
/** Bytes of a proof-of-work challenge, and of its solution. */
export const PROOF_LIMIT = 32;
export const PROOF_AREA = 64;
export const WRAPS_LIMIT = 2;
export const WRAP_LENGTH = 1168;

export const FRAME_LENGTH = 1024;
export const HEADER_LENGTH = 39;
export const TAG_LENGTH = 16;

export const VISITOR = 1 as const;
export const STAFF = 2 as const;
export type Direction = typeof VISITOR | typeof STAFF;

/** The 39 bytes that everybody sees of a frame. */
export interface FrameHeader {
  readonly stored: boolean;
  readonly conversation: Bytes;
  readonly generation: number;
  readonly direction: Direction;
  readonly instance: Bytes;
  readonly counter: number;
}

/** The fields that stay of an opening when its wraps are destroyed. */
interface OpeningFields {
  readonly conversation: Bytes;
  readonly challenge: Bytes;
  readonly solution: Bytes;
  readonly commit: Bytes;
}

/** K_1 wrapped to one desk's epoch key. */
export interface OpeningWrap {
  readonly desk: Bytes;
  readonly epoch: number;
  readonly wrap: Bytes;
}

/** An opening as it arrives. */
export interface OpeningShape extends OpeningFields {
  readonly wraps: readonly OpeningWrap[];
  readonly stub: Bytes;
  readonly sealed: Bytes;
}

/** The place of one wrap in a stub: its hash stays when the wrap is destroyed. */
export interface StubEntry {
  readonly desk: Bytes;
  readonly epoch: number;
  readonly wrapHash: Bytes;
}

/** An opening's stub: what its sealed rest is bound to. */
export interface StubShape extends OpeningFields {
  readonly entries: readonly StubEntry[];
}

const FIXED = 116;
const DESK = 20;
const HASH = 32;

/** How long the sealed rest of an opening with so many wraps is. */
export const sealedLength = (wraps: number): number => OPENING_LENGTH - FIXED - wraps * (DESK + WRAP_LENGTH);

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Malformed(what);
}

export function serializeHeader(header: FrameHeader): Bytes {
  const { stored, conversation, generation, direction, instance, counter } = header;
  return concat(
    u8(VERSION),
    u8(stored ? 1 : 0),
    conversation,
    u32(generation),
    u8(direction),
    instance,
    u64(counter),
  );
}

export function parseFrameHeader(frame: Bytes): FrameHeader {
  const pieces = cut(frame, 1, 1, 16, 4, 1, 8, 8, FRAME_LENGTH - HEADER_LENGTH);
  const [version, stored, conversation, generation, direction, instance, counter] = pieces;
  demand(integer(version) === VERSION && integer(stored) <= 1 && integer(generation) >= 1, 'header');
  const side = integer(direction);
  if (side !== VISITOR && side !== STAFF) throw new Malformed('direction');
  return {
    stored: integer(stored) === 1,
    conversation,
    generation: integer(generation),
    direction: side,
    instance,
    counter: integer(counter),
  };
}

/** The first 116 bytes; the number of wraps tells how long the rest must be. */
function parseHead(bytes: Bytes): OpeningFields & { readonly count: number } {
  const head = bytes.slice(0, FIXED);
  const [version, conversation, lengths, area, commit, wraps] = cut(head, 1, 16, 2, PROOF_AREA, 32, 1);
  const [challengeLength = 0, solutionLength = 0] = lengths;
  const count = integer(wraps);
  demand(integer(version) === VERSION && count >= 1 && count <= WRAPS_LIMIT, 'opening');
  demand(Math.max(challengeLength, solutionLength) <= PROOF_LIMIT, 'proof of work');
  const end = challengeLength + solutionLength;
  const [challenge, solution, padding] = cut(area, challengeLength, solutionLength, PROOF_AREA - end);
  demand(isZero(padding), 'padding');
  return { conversation, challenge, solution, commit, count };
}

/** The rows after the head: desk, epoch, and a wrap or its hash. */
function parseRows(bytes: Bytes, count: number, width: number): readonly (readonly [Bytes, number, Bytes])[] {
  const rows = Array.from({ length: count }, (_, i) => {
    const start = FIXED + i * (DESK + width);
    const [desk, epoch, content] = cut(bytes.slice(start, start + DESK + width), 16, 4, width);
    return [desk, integer(epoch), content] as const;
  });
  demand(new Set(rows.map(([desk, epoch]) => `${toHex(desk)} ${epoch}`)).size === count, 'two wraps for one key');
  return rows;
}

export function parseStub(bytes: Bytes): StubShape {
  const { count, ...fields } = parseHead(bytes);
  demand(bytes.length === FIXED + count * (DESK + HASH), 'length');
  const entries = parseRows(bytes, count, HASH).map(([desk, epoch, wrapHash]) => ({ desk, epoch, wrapHash }));
  return { ...fields, entries };
}

/** An opening's first 116 bytes and the places of its wraps. */
export async function stubOf(head: Bytes, wraps: readonly OpeningWrap[]): Promise<Bytes> {
  const entries = wraps.map(async ({ desk, epoch, wrap }) => concat(desk, u32(epoch), await sha256(wrap)));
  return concat(head, ...(await Promise.all(entries)));
}

export async function parseOpening(bytes: Bytes): Promise<OpeningShape> {
  demand(bytes.length === OPENING_LENGTH, 'length');
  const { count, ...fields } = parseHead(bytes);
  const wraps = parseRows(bytes, count, WRAP_LENGTH).map(([desk, epoch, wrap]) => ({ desk, epoch, wrap }));
  const stub = await stubOf(bytes.slice(0, FIXED), wraps);
  return { ...fields, wraps, stub, sealed: bytes.slice(-sealedLength(count)) };
}
