/** The visitor's proof: whoever holds the key that the conversation id commits to may come back to it. */
import { type Bytes, bind, sized } from './binding.ts';
import { Malformed } from './failure.ts';
import type { SigningKey } from './primitives.ts';

const ACTIONS = ['resume', 'end', 'delete'] as const;
export type Action = (typeof ACTIONS)[number];

/** A host name has at most 253 characters. */
const ORIGIN_LIMIT = 300;
/** What browsers write: lower case, no path; the host's own rules are not ours to judge. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._[\]:-]+$/;

/** What the visitor signs; the action is in it, so that one proof cannot do the work of another. */
export function proofMessage(org: Bytes, origin: string, action: Action, conversation: Bytes, nonce: Bytes): Bytes {
  if (!ACTIONS.includes(action)) throw new Malformed('action');
  if (origin.length > ORIGIN_LIMIT || !ORIGIN.test(origin)) throw new Malformed('origin');
  return bind('visitor-proof/1', sized(org, 32), origin, action, sized(conversation, 16), sized(nonce, 32));
}

/** The 64 bytes that go to the server beside the visitor's public key. */
export const signProof = (visitor: SigningKey, ...message: Parameters<typeof proofMessage>): Promise<Bytes> =>
  visitor.sign(proofMessage(...message));
