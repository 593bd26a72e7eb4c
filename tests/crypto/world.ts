/** The people of the tests: one organisation, one counsellor, one visitor, and their keys, new in every run. */
import { type Bytes, conversationId, organisation } from '../../crypto/binding.ts';
import { generateSeed, publicKey } from '../../crypto/hpke.ts';
import { delegationPayload, makeStatement, memberPayload } from '../../crypto/issue.ts';
import { SigningKey } from '../../crypto/primitives.ts';
import { Sender, newInstance } from '../../crypto/sender.ts';
import { type Direction, STAFF, VISITOR } from '../../crypto/shapes.ts';
import { Transcript } from '../../crypto/transcript.ts';

export const TODAY = 20_780;
const LIFE = { notBefore: TODAY - 10, notAfter: TODAY + 35 };

export const random = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length));
const signingKey = () => SigningKey.fromSeed(random(32));

export const root = await signingKey();
export const coordinator = await signingKey();
export const counsellor = await signingKey();
export const visitor = await signingKey();
export const org = await organisation(root.publicKey);
export const pin = { org, serial: 1 };
export const key = random(32);
export const desk = random(16);
export const conversation = await conversationId(org, visitor.publicKey);

export const delegation = await makeStatement(root, {
  type: 'delegation',
  org,
  subject: random(16),
  serial: 1,
  ...LIFE,
  payload: delegationPayload(coordinator.publicKey),
});

/** A member statement that the coordinator signed. */
export async function memberStatement(name: string, member: SigningKey): Promise<Bytes> {
  const pk = await publicKey(generateSeed());
  const payload = await memberPayload(desk, 'counsellor', name, member.publicKey, pk);
  return makeStatement(coordinator, { type: 'member', org, subject: random(16), serial: 1, ...LIFE, payload });
}

export const statement = await memberStatement('Åsa', counsellor);

/** A new page load of one side. */
export const sender = (direction: Direction, signer: SigningKey, instance = newInstance()): Sender =>
  new Sender({ conversation, generation: 1, direction, instance }, key, signer);

export const visitorSender = (instance?: Bytes): Sender => sender(VISITOR, visitor, instance);
export const staffSender = (signer = counsellor): Sender => sender(STAFF, signer);

export const listener = (): Transcript => new Transcript(pin, desk, conversation, [[1, key]], visitor.publicKey);
