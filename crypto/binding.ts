/** Bytes and their unambiguous composition: everything that is hashed, signed or bound goes through `bind`. */
import { Malformed } from './failure.ts';

/** Bytes that WebCrypto takes: never a view on shared memory. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** As many byte strings as N says, so that taking them apart needs no checks for undefined. */
export type Fields<N extends number, T extends readonly Bytes[] = readonly []> = T['length'] extends N
  ? T
  : Fields<N, readonly [...T, Bytes]>;

export const EMPTY: Bytes = new Uint8Array(0);

const FIELD_LIMIT = 0xffff;

/** Join without lengths: only for fields whose lengths the format fixes. */
export function concat(...parts: readonly Bytes[]): Bytes {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Cut into pieces of exactly these lengths, nothing left over. */
export function cut<const L extends readonly number[]>(
  bytes: Bytes,
  ...lengths: L
): { readonly [K in keyof L]: Bytes } {
  let at = 0;
  const pieces = lengths.map((length) => bytes.slice(at, (at += length)));
  if (at !== bytes.length) throw new Malformed('length');
  return pieces as { [K in keyof L]: Bytes };
}

/** Equal bytes; the time taken tells only the lengths (as far as JavaScript can promise that). */
export function equal(a: Bytes, b: Bytes): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ (b[i] ?? 0);
  return difference === 0;
}

export const isZero = (bytes: Bytes): boolean => bytes.every((byte) => byte === 0);

function unsigned(width: number, value: number): Bytes {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 256 ** width) throw new Malformed('integer');
  const bytes = new Uint8Array(width);
  for (let i = width; i-- > 0; value = Math.floor(value / 256)) bytes[i] = value % 256;
  return bytes;
}

export const u8 = (value: number): Bytes => unsigned(1, value);
export const u16 = (value: number): Bytes => unsigned(2, value);
export const u32 = (value: number): Bytes => unsigned(4, value);
/** Up to 2^53 − 1, which both languages can count exactly. */
export const u64 = (value: number): Bytes => unsigned(8, value);

/** Read a big-endian integer of any width; above 2^53 − 1 it is malformed. */
export function integer(bytes: Bytes): number {
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  if (!Number.isSafeInteger(value)) throw new Malformed('integer');
  return value;
}

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text);

/** UTF-8 or malformed; a byte order mark is text like any other, as it is in Python. */
export function decodeUtf8(bytes: Bytes): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Malformed('text');
  }
}

/** `u16be(length) ‖ bytes` for each field; a string stands for its UTF-8. */
export function bind(...fields: readonly (string | Bytes)[]): Bytes {
  return concat(
    ...fields.flatMap((field) => {
      const bytes = typeof field === 'string' ? utf8(field) : field;
      if (bytes.length > FIELD_LIMIT) throw new Malformed('field');
      return [u16(bytes.length), bytes];
    }),
  );
}

/** The fields that were bound, however many there are. */
export function unbindAll(bytes: Bytes): readonly Bytes[] {
  const fields: Bytes[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at + 2;
    at = start + integer(bytes.subarray(at, start));
    if (start > bytes.length || at > bytes.length) throw new Malformed('field');
    fields.push(bytes.slice(start, at));
  }
  return fields;
}

/** Exactly `count` fields, nothing after. */
export function unbind<N extends number>(bytes: Bytes, count: N): Fields<N> {
  const fields = unbindAll(bytes);
  if (fields.length !== count) throw new Malformed('fields');
  return fields as unknown as Fields<N>;
}

/** A field of exactly this length, or malformed. */
export function sized(bytes: Bytes, length: number): Bytes {
  if (bytes.length !== length) throw new Malformed('length');
  return bytes;
}

export const toHex = (bytes: Bytes): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export function fromHex(text: string): Bytes {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) throw new Malformed('hex');
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export const toBase64url = (bytes: Bytes): string =>
  btoa(String.fromCharCode(...bytes)).replace(/[+/=]/g, (sign) => ({ '+': '-', '/': '_' })[sign] ?? '');

/** Without padding, and only the one spelling that the bytes have. */
export function fromBase64url(text: string): Bytes {
  let bytes: Bytes = EMPTY;
  if (/^[\w-]*$/.test(text) && text.length % 4 !== 1)
    bytes = Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (sign) => sign.charCodeAt(0));
  if (toBase64url(bytes) !== text) throw new Malformed('base64url');
  return bytes;
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** The organisation's id: the hash of its root key, which everything else is bound to. */
export const organisation = (rootPk: Bytes): Promise<Bytes> => sha256(bind('org/1', sized(rootPk, 32)));

/** The conversation's id commits to the visitor's key, so that no later proof needs anything stored. */
export async function conversationId(
  org: Bytes,
  visitorPk: Bytes,
  challenge: Bytes = EMPTY,
  solution: Bytes = EMPTY,
): Promise<Bytes> {
  return (await sha256(bind('conversation/1', org, visitorPk, challenge, solution))).slice(0, 16);
}
