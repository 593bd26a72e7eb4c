/** Wraps: a 32-byte secret sealed to one recipient, bound to what it is and for whom. */
import { type Bytes, bind, sha256, sized, u32 } from './binding.ts';
import { PUBLIC_LENGTH, openSealed, seal } from './hpke.ts';
import { WRAP_LENGTH } from './shapes.ts';

const SECRET = 32;

/** What is wrapped: a conversation's key, or the seed of a desk's epoch. */
export type Secret = 'K' | 'desk-epoch';

/** Who can be wrapped to; this version wraps to the first two only. */
export const RECIPIENT_KINDS = ['desk-epoch', 'member', 'member-epoch', 'coordination', 'live', 'code'] as const;
export type RecipientKind = (typeof RECIPIENT_KINDS)[number];

export interface Recipient {
  readonly kind: RecipientKind;
  readonly id: Bytes;
  readonly pk: Bytes;
}

async function wrapInfo(org: Bytes, what: Secret, id: Bytes, number: number, recipient: Recipient): Promise<Bytes> {
  const { kind, id: recipientId, pk } = recipient;
  const hash = await sha256(sized(pk, PUBLIC_LENGTH));
  return bind('wrap/1', sized(org, 32), what, sized(id, 16), u32(number), kind, sized(recipientId, 16), hash);
}

/** `number` is the generation of a K, the epoch of a desk key. */
export async function wrap(
  org: Bytes,
  what: Secret,
  id: Bytes,
  number: number,
  recipient: Recipient,
  secret: Bytes,
): Promise<Bytes> {
  return seal(recipient.pk, await wrapInfo(org, what, id, number, recipient), sized(secret, SECRET));
}

/** The secret. Who calls still has to compare it with what was signed for or committed to. */
export async function unwrap(
  org: Bytes,
  what: Secret,
  id: Bytes,
  number: number,
  recipient: Recipient,
  seed: Bytes,
  wrapped: Bytes,
): Promise<Bytes> {
  return openSealed(seed, await wrapInfo(org, what, id, number, recipient), sized(wrapped, WRAP_LENGTH));
}
