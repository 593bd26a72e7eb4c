/** How TypeScript runs a vector: the twin of tests/vectors/operations.py, and what draws randomness besides. */
import {
  type Bytes,
  bind,
  conversationId,
  fromHex,
  organisation,
  toHex,
  unbind,
  unbindAll,
  utf8,
} from '../../crypto/binding.ts';
import { CryptoError } from '../../crypto/failure.ts';
import {
  type Content,
  type Head,
  type Kind,
  chain,
  openFrame,
  parseReceipts,
  sealFrame,
  verifyFrame,
} from '../../crypto/frame.ts';
import { checkRecord, commitment, composeRecord } from '../../crypto/generation.ts';
import { publicKey } from '../../crypto/hpke.ts';
import { makeStatement } from '../../crypto/issue.ts';
import {
  keyEncryptionKey,
  loginSecret,
  passwordRoot,
  unwrapMemberKeys,
  wrapMemberKeys,
} from '../../crypto/member.ts';
import { type DeskKey, composeOpening, openOpening } from '../../crypto/opening.ts';
import { SigningKey } from '../../crypto/primitives.ts';
import { proofMessage, signProof } from '../../crypto/proof.ts';
import { knownAnswer } from '../../crypto/selftest.ts';
import { Sender } from '../../crypto/sender.ts';
import { type FrameHeader, parseFrameHeader, parseOpening, parseStub } from '../../crypto/shapes.ts';
import {
  Serials,
  type Statement,
  checkChain,
  checkKey,
  epochClaim,
  memberClaim,
  parsePin,
  parseStatement,
} from '../../crypto/statement.ts';
import { type Message, Transcript } from '../../crypto/transcript.ts';
import { type Recipient, unwrap, wrap } from '../../crypto/wrap.ts';

// The vectors are JSON from outside: their shapes are described in tests/vectors/README.md, not in types.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;
type Operation = (input: Json) => unknown;

const raw = (hex: string): Bytes => fromHex(hex);
const raws = (list: readonly string[]): readonly Bytes[] => list.map(raw);

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A value as the vectors tell it: bytes as hex, names as in Python. */
export function told(value: unknown): Json {
  if (value instanceof Uint8Array) return toHex(value as Bytes);
  if (Array.isArray(value)) return value.map(told);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [snake(name), told(item)]));
}

/** Without the bytes it was parsed from. */
const fields = ({ raw: _, ...rest }: Statement) => rest;

const recipient = ({ kind, id, pk }: Json): Recipient => ({ kind, id: raw(id), pk: raw(pk) });
const desk = ({ desk: id, epoch, pk }: Json): DeskKey => ({ desk: raw(id), epoch, pk: raw(pk) });
const head = ({ instance, counter, chain: of }: Json): Head => ({ instance: raw(instance), counter, chain: raw(of) });
const header = (i: Json): FrameHeader => ({
  ...i,
  conversation: raw(i.conversation),
  instance: raw(i.instance),
});
const content = (i: Json): Content => ({
  ...i,
  previous: raw(i.previous),
  heads: i.heads.map(head),
  text: raw(i.text),
});

const signer = (seed: string) => SigningKey.fromSeed(raw(seed));

const transcript = ({ pin, desk, conversation, keys, visitor_pk }: Json): Transcript => {
  const entries = Object.entries<string>(keys).map(([number, key]) => [Number(number), raw(key)] as const);
  return new Transcript(parsePin(pin), raw(desk), raw(conversation), entries, raw(visitor_pk));
};

async function compose({ conversation, generation, key, direction, instance, signing_seed, messages }: Json) {
  const place = { conversation: raw(conversation), generation, direction, instance: raw(instance) };
  const sender = new Sender(place, raw(key), await signer(signing_seed));
  const frames: Bytes[] = [];
  for (const { kind, text, heads } of messages) {
    frames.push(...(await sender.compose(kind as Kind, raw(text), heads.map(head))));
  }
  return { frames };
}

/** Python keeps a message's bytes; here it is text already, and of its author only the name is kept. */
const message = ({ instance, counter, direction, kind, text, author }: Message) => ({
  instance,
  counter,
  direction,
  kind,
  text: utf8(text),
  author,
});

async function hear(i: Json) {
  const listener = transcript(i);
  const each = await Promise.all(raws(i.frames).map((frame) => listener.hear(frame, i.today)));
  const heard = each.map(({ messages, anomalies }) => ({ messages: messages.map(message), anomalies }));
  return { heard, missing: listener.missing(), heads: listener.heads(new Uint8Array(8)) };
}

async function hearEphemeral(i: Json) {
  const listener = transcript(i);
  const heard = [];
  for (const frame of raws(i.frames)) heard.push(await listener.hearEphemeral(frame));
  return { heard };
}

async function admit({ statements }: Json) {
  let serials = new Serials();
  for (const statement of raws(statements)) serials = serials.admit(await parseStatement(statement));
  return { highest: Object.entries(serials.serialize()).map(([key, serial]) => [...key.split(':'), serial]).sort() };
}

async function makeOpening({ org, key, visitor_seed, live_pk, desks, challenge, solution }: Json) {
  const proof = [raw(challenge), raw(solution)] as const;
  const keys = [raw(key), await signer(visitor_seed), raw(live_pk)] as const;
  return { opening: await composeOpening(raw(org), ...keys, desks.map(desk), ...proof) };
}

const place = ({ org, conversation, generation, previous }: Json) => ({
  org: raw(org),
  conversation: raw(conversation),
  generation,
  previous: raw(previous),
});

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  bind: (i) => ({ raw: bind(...raws(i.fields)) }),
  unbind: (i) => ({ fields: i.count === null ? unbindAll(raw(i.raw)) : unbind(raw(i.raw), i.count) }),
  organisation: async ({ root_pk }) => ({ org: await organisation(raw(root_pk)) }),
  conversation_id: async ({ org, visitor_pk, challenge, solution }) => ({
    conversation: await conversationId(raw(org), raw(visitor_pk), raw(challenge), raw(solution)),
  }),
  parse_pin: ({ text }) => parsePin(text),
  make_statement: async (i) => ({
    raw: await makeStatement(await signer(i.issuer_seed), {
      type: i.type,
      org: raw(i.org),
      subject: raw(i.subject),
      serial: i.serial,
      notBefore: i.not_before,
      notAfter: i.not_after,
      payload: raw(i.payload),
    }),
  }),
  parse_statement: async (i) => fields(await parseStatement(raw(i.raw))),
  member_claim: async (i) => memberClaim(await parseStatement(raw(i.raw))),
  epoch_claim: async (i) => epochClaim(await parseStatement(raw(i.raw))),
  check_key: ({ key_hash, pk }) => checkKey(raw(key_hash), raw(pk)).then(() => ({})),
  check_chain: async ({ pin, delegation, statement, type, today }) =>
    fields(await checkChain(parsePin(pin), raw(delegation), raw(statement), type, today)),
  admit,
  public_key: async ({ seed }) => ({ pk: await publicKey(raw(seed)) }),
  wrap: async ({ org, what, id, number, recipient: to, secret }) => ({
    wrapped: await wrap(raw(org), what, raw(id), number, recipient(to), raw(secret)),
  }),
  unwrap: async ({ org, what, id, number, recipient: to, seed, wrapped }) => ({
    secret: await unwrap(raw(org), what, raw(id), number, recipient(to), raw(seed), raw(wrapped)),
  }),
  commitment: async ({ key, conversation, generation }) => ({
    commit: await commitment(raw(key), raw(conversation), generation),
  }),
  compose_opening: makeOpening,
  parse_opening: (i) => parseOpening(raw(i.raw)),
  parse_stub: ({ stub }) => parseStub(raw(stub)),
  open_opening: ({ org, stub, wrapped, sealed, desk: key, seed }) =>
    openOpening(raw(org), raw(stub), raw(wrapped), raw(sealed), desk(key), raw(seed)),
  parse_frame_header: ({ frame }) => ({ header: parseFrameHeader(raw(frame)) }),
  seal_frame: async (i) => ({
    frame: await sealFrame(
      raw(i.key),
      header(i.header),
      content(i.content),
      i.signing_seed === null ? null : await signer(i.signing_seed),
    ),
  }),
  open_frame: async ({ key, frame }) => {
    const { signed: _, ...opened } = await openFrame(raw(key), raw(frame));
    return opened;
  },
  verify_frame: async ({ key, frame, pk }) => {
    await verifyFrame(await openFrame(raw(key), raw(frame)), raw(pk));
    return {};
  },
  chain: async ({ previous, frame }) => ({ chain: await chain(raw(previous), raw(frame)) }),
  parse_receipts: ({ text }) => ({ receipts: parseReceipts(raw(text)) }),
  compose,
  hear,
  hear_ephemeral: hearEphemeral,
  compose_record: async (i) => ({
    record: await composeRecord(
      place(i),
      i.recipients.map(recipient),
      raw(i.inbox_pk),
      raw(i.key),
      await signer(i.signing_seed),
    ),
  }),
  check_record: async (i) => {
    const { recipients, inboxPk, commit } = await checkRecord(raw(i.record), place(i), raw(i.signer_pk), raw(i.key));
    return { recipients, inboxPk, commit };
  },
  proof_message: ({ org, origin, action, conversation, nonce }) => ({
    message: proofMessage(raw(org), origin, action, raw(conversation), raw(nonce)),
  }),
  sign_proof: async ({ seed, org, origin, action, conversation, nonce }) => ({
    signature: await signProof(await signer(seed), raw(org), origin, action, raw(conversation), raw(nonce)),
  }),
  password_root: async ({ password, org, login, random16 }) => ({
    root: await passwordRoot(password, raw(org), login, raw(random16)),
  }),
  login_secret: async ({ root, org, login }) => ({ secret: await loginSecret(raw(root), raw(org), login) }),
  key_encryption_key: async ({ root, org, login }) => ({
    secret: await keyEncryptionKey(raw(root), raw(org), login),
  }),
  wrap_member_keys: async ({ kek, org, member, generation, xwing_seed, ed_seed, nonce }) => ({
    wrapped: await wrapMemberKeys(
      raw(kek),
      raw(org),
      raw(member),
      generation,
      raw(xwing_seed),
      raw(ed_seed),
      raw(nonce),
    ),
  }),
  unwrap_member_keys: ({ kek, org, member, generation, wrapped }) =>
    unwrapMemberKeys(raw(kek), raw(org), raw(member), generation, raw(wrapped)),
  known_answer: async () => ({ answer: await knownAnswer() }),
};

/** What comes of one operation: an output, or the failure by its name. */
export async function outcome(operation: string, input: Json): Promise<Json> {
  try {
    return { expect: 'success', output: told(await OPERATIONS[operation]!(input)) };
  } catch (error) {
    if (error instanceof CryptoError) return { expect: error.expect };
    throw error;
  }
}
