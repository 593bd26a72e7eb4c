/** Openings: how a visitor's first 4,096 bytes are made, and how a counsellor opens them. */
import {
  type Bytes,
  EMPTY,
  bind,
  concat,
  conversationId,
  cut,
  equal,
  isZero,
  sha256,
  sized,
  u32,
  u8,
} from './binding.ts';
import { Malformed, NotForThisKey, Tampered } from './failure.ts';
import { SALT, checkCommitment, commitment } from './generation.ts';
import { PUBLIC_LENGTH } from './hpke.ts';
import { type SigningKey, gcmOpen, gcmSeal, hkdf, verify } from './primitives.ts';
import {
  type OpeningWrap,
  PROOF_AREA,
  PROOF_LIMIT,
  TAG_LENGTH,
  VERSION,
  WRAPS_LIMIT,
  WRAP_LENGTH,
  parseStub,
  sealedLength,
  stubOf,
} from './shapes.ts';
import { type Recipient, unwrap, wrap } from './wrap.ts';

const FIRST_GENERATION = 1;
const VISITOR_KEY = 32;
const SIGNATURE = 64;

/** Fixed, because the key is derived from a K_1 that seals one opening only. */
const NONCE: Bytes = new Uint8Array(12);

/** A desk's epoch key, as its statement vouches for it. */
export interface DeskKey {
  readonly desk: Bytes;
  readonly epoch: number;
  readonly pk: Bytes;
}

/** What the desk learns from an opening. */
export interface Opened {
  readonly conversation: Bytes;
  readonly key: Bytes;
  readonly visitorPk: Bytes;
  readonly livePk: Bytes;
}

const openingKey = (key: Bytes, conversation: Bytes) => hkdf(key, SALT, bind('opening', conversation));

const signedOf = (stub: Bytes, livePk: Bytes): Bytes => bind('opening/1', stub, livePk);

const recipientOf = ({ desk, pk }: DeskKey): Recipient => ({ kind: 'desk-epoch', id: desk, pk });

const pad = (bytes: Bytes, length: number): Bytes => concat(bytes, new Uint8Array(length - bytes.length));

/** 4,096 bytes for one or two desks, signed by the visitor; `key` is a fresh K_1. The conversation's id is in bytes 1 to 17. */
export async function composeOpening(
  org: Bytes,
  key: Bytes,
  visitor: SigningKey,
  livePk: Bytes,
  desks: readonly DeskKey[],
  challenge: Bytes = EMPTY,
  solution: Bytes = EMPTY,
): Promise<Bytes> {
  if (Math.max(challenge.length, solution.length) > PROOF_LIMIT) throw new Malformed('proof of work');
  if (desks.length < 1 || desks.length > WRAPS_LIMIT) throw new Malformed('wraps');
  const conversation = await conversationId(org, visitor.publicKey, challenge, solution);
  const wrapFor = async (desk: DeskKey): Promise<OpeningWrap> => ({
    ...desk,
    wrap: await wrap(org, 'K', conversation, FIRST_GENERATION, recipientOf(desk), key),
  });
  const wraps = await Promise.all(desks.map(wrapFor));
  const head = concat(
    u8(VERSION),
    conversation,
    u8(challenge.length),
    u8(solution.length),
    pad(concat(challenge, solution), PROOF_AREA),
    await commitment(key, conversation, FIRST_GENERATION),
    u8(wraps.length),
  );
  const stub = await stubOf(head, wraps);
  const signature = await visitor.sign(signedOf(stub, livePk));
  const rest = concat(sized(livePk, PUBLIC_LENGTH), visitor.publicKey, signature);
  const padded = pad(rest, sealedLength(wraps.length) - TAG_LENGTH);
  const sealed = await gcmSeal(await openingKey(key, conversation), NONCE, padded, stub);
  const rows = wraps.flatMap((row) => [row.desk, u32(row.epoch), row.wrap]);
  return concat(head, ...rows, sealed);
}

/** What the server keeps of an opening, opened with the desk's epoch seed. */
export async function openOpening(
  org: Bytes,
  stub: Bytes,
  wrapped: Bytes,
  sealed: Bytes,
  desk: DeskKey,
  seed: Bytes,
): Promise<Opened> {
  const { conversation, challenge, solution, commit, entries } = parseStub(stub);
  sized(sealed, sealedLength(entries.length));
  sized(wrapped, WRAP_LENGTH);
  const entry = entries.find((one) => equal(one.desk, desk.desk) && one.epoch === desk.epoch);
  if (!entry) throw new NotForThisKey('desk');
  const key = await unwrap(org, 'K', conversation, FIRST_GENERATION, recipientOf(desk), seed, wrapped);
  if (!equal(await sha256(wrapped), entry.wrapHash)) throw new Tampered('wrap');
  await checkCommitment(commit, key, conversation, FIRST_GENERATION);
  const padded = await gcmOpen(await openingKey(key, conversation), NONCE, sealed, stub);
  const rest = padded.length - PUBLIC_LENGTH - VISITOR_KEY - SIGNATURE;
  const [livePk, visitorPk, signature, padding] = cut(padded, PUBLIC_LENGTH, VISITOR_KEY, SIGNATURE, rest);
  if (!isZero(padding)) throw new Malformed('padding');
  if (!equal(await conversationId(org, visitorPk, challenge, solution), conversation)) throw new Tampered('visitor');
  // A server learns the visitor's public key from the first proof: without this it could seal a K of its own.
  await verify(visitorPk, signature, signedOf(stub, livePk));
  return { conversation, key, visitorPk, livePk };
}
