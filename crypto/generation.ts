/** Generations: a conversation's key changes by a record that a member signs, checked before K_g is used. */
import {
  type Bytes,
  EMPTY,
  bind,
  concat,
  decodeUtf8,
  equal,
  integer,
  sha256,
  sized,
  u32,
  unbind,
  unbindAll,
} from './binding.ts';
import { Malformed, Tampered } from './failure.ts';
import { type SigningKey, hkdf, verify } from './primitives.ts';
import { RECIPIENT_KINDS, type Recipient, type RecipientKind } from './wrap.ts';

/** The salt of everything that is derived from a K. */
export const SALT = 'conversation/1';
const LABEL = 'generation/1';
/** The opening stands in the place of record 1. */
const FIRST_RECORD = 2;
const RECIPIENTS_LIMIT = 8;
const INBOX_KEY = 1216;
const SIGNATURE = 64;
const NO_RECORD: Bytes = new Uint8Array(32);

/** A recipient as a record names it: the key by its SHA-256. */
export interface RecipientClaim {
  readonly kind: RecipientKind;
  readonly id: Bytes;
  readonly keyHash: Bytes;
}

/** A parsed, not yet checked record; the inbox key may be empty. */
export interface GenerationRecord {
  readonly org: Bytes;
  readonly conversation: Bytes;
  readonly generation: number;
  readonly previous: Bytes;
  readonly recipients: readonly RecipientClaim[];
  readonly inboxPk: Bytes;
  readonly commit: Bytes;
  readonly raw: Bytes;
}

/** Where a record must stand: `previous` is the record before it, empty for generation 2. */
export interface RecordPlace {
  readonly org: Bytes;
  readonly conversation: Bytes;
  readonly generation: number;
  readonly previous: Bytes;
}

/** 32 bytes that fit one K only: AES-GCM alone does not commit to its key. */
export const commitment = (key: Bytes, conversation: Bytes, generation: number): Promise<Bytes> =>
  hkdf(sized(key, 32), SALT, bind('commit', conversation, u32(generation)));

/** Nothing when `key` is the K that was committed to, tampered when not. */
export async function checkCommitment(
  commit: Bytes,
  key: Bytes,
  conversation: Bytes,
  generation: number,
): Promise<void> {
  if (!equal(commit, await commitment(key, conversation, generation))) throw new Tampered('commitment');
}

const link = (previous: Bytes) => (previous.length ? sha256(previous) : Promise.resolve(NO_RECORD));

const serializeRecipient = async ({ kind, id, pk }: Recipient) => bind(kind, id, await sha256(pk));

/** The signed record of generation 2 or later. */
export async function composeRecord(
  place: RecordPlace,
  recipients: readonly Recipient[],
  inboxPk: Bytes,
  key: Bytes,
  signer: SigningKey,
): Promise<Bytes> {
  const { org, conversation, generation, previous } = place;
  const body = bind(
    LABEL,
    org,
    conversation,
    u32(generation),
    await link(previous),
    bind(...(await Promise.all(recipients.map(serializeRecipient)))),
    inboxPk,
    await commitment(key, conversation, generation),
  );
  const record = concat(body, await signer.sign(body));
  parseRecord(record);
  return record;
}

function parseRecipient(raw: Bytes): RecipientClaim {
  const [kindBytes, id, keyHash] = unbind(raw, 3);
  const name = decodeUtf8(kindBytes);
  const kind = RECIPIENT_KINDS.find((one) => one === name);
  if (kind === undefined) throw new Malformed('recipient');
  return { kind, id: sized(id, 16), keyHash: sized(keyHash, 32) };
}

/** The fields of a record, its signature not yet checked. */
export function parseRecord(raw: Bytes): GenerationRecord {
  const fields = unbind(raw.slice(0, -SIGNATURE), 8);
  const [label, org, conversation, number, previous, recipientList, inboxPk, commit] = fields;
  const generation = integer(sized(number, 4));
  if (decodeUtf8(label) !== LABEL || generation < FIRST_RECORD) throw new Malformed('record');
  const recipients = unbindAll(recipientList).map(parseRecipient);
  if (recipients.length < 1 || recipients.length > RECIPIENTS_LIMIT) throw new Malformed('recipients');
  return {
    org: sized(org, 32),
    conversation: sized(conversation, 16),
    generation,
    previous: sized(previous, 32),
    recipients,
    inboxPk: inboxPk.length ? sized(inboxPk, INBOX_KEY) : EMPTY,
    commit: sized(commit, 32),
    raw,
  };
}

/** The record, if it stands in its place, its signer made it and it commits to this K. */
export async function checkRecord(
  raw: Bytes,
  place: RecordPlace,
  signerPk: Bytes,
  key: Bytes,
): Promise<GenerationRecord> {
  const record = parseRecord(raw);
  await verify(signerPk, raw.slice(-SIGNATURE), raw.slice(0, -SIGNATURE));
  const here =
    equal(record.org, place.org) &&
    equal(record.conversation, place.conversation) &&
    record.generation === place.generation;
  if (!here) throw new Tampered('place');
  if (!equal(record.previous, await link(place.previous))) throw new Tampered('previous');
  await checkCommitment(record.commit, key, place.conversation, place.generation);
  return record;
}
