/** Statements: who may speak for the organisation, checked from the pin down. Nothing here holds a private key. */
import {
  type Bytes,
  decodeUtf8,
  equal,
  fromBase64url,
  integer,
  organisation,
  sha256,
  sized,
  toBase64url,
  toHex,
  unbind,
} from './binding.ts';
import { Malformed, Tampered } from './failure.ts';
import { verify } from './primitives.ts';

export const LABEL = 'statement/1';
const SIGNATURE = 64;
const KEY = 32;
const ID = 16;
const NAME_LIMIT = 64;
/** Days by which two honest clocks may differ. */
const TOLERANCE = 2;

const TYPES = ['delegation', 'member', 'desk-epoch'] as const;
export type StatementType = (typeof TYPES)[number];

const ROLES = ['counsellor', 'coordinator'] as const;
export type Role = (typeof ROLES)[number];

export interface Statement {
  readonly type: StatementType;
  readonly org: Bytes;
  readonly issuer: Bytes;
  readonly subject: Bytes;
  readonly serial: number;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly payload: Bytes;
  readonly raw: Bytes;
}

/** What a page is told by somebody it trusts: which organisation, and from which delegation on. */
export interface Pin {
  readonly org: Bytes;
  readonly serial: number;
}

/** Who a member is, for everybody who checks the signature of a message or wraps a key. */
export interface MemberClaim {
  readonly desk: Bytes;
  readonly role: Role;
  readonly name: string;
  readonly edPk: Bytes;
  readonly keyHash: Bytes;
}

/** Which key a desk receives new conversations under. */
export interface EpochClaim {
  readonly epoch: number;
  readonly keyHash: Bytes;
}

/** The form in which it stands in the embed snippet and on posters. */
export const serializePin = ({ org, serial }: Pin): string => `${toBase64url(org)}.${serial}`;

export function parsePin(text: string): Pin {
  const [, org, serial] = /^([\w-]{43})\.(0|[1-9]\d{0,15})$/.exec(text) ?? [];
  if (org === undefined || !Number.isSafeInteger(Number(serial))) throw new Malformed('pin');
  return { org: fromBase64url(org), serial: Number(serial) };
}

function word<const W extends readonly string[]>(words: W, bytes: Bytes): W[number] {
  const text = decodeUtf8(bytes);
  if (!words.includes(text)) throw new Malformed('word');
  return text;
}

function parseShape(raw: Bytes): Statement {
  const [label, type, org, issuer, subject, serial, notBefore, notAfter, payload] = unbind(raw.slice(0, -SIGNATURE), 9);
  word([LABEL], label);
  const statement = {
    type: word(TYPES, type),
    org: sized(org, KEY),
    issuer: sized(issuer, KEY),
    subject: sized(subject, ID),
    serial: integer(sized(serial, 8)),
    notBefore: integer(sized(notBefore, 4)),
    notAfter: integer(sized(notAfter, 4)),
    payload,
    raw,
  };
  if (statement.notBefore > statement.notAfter) throw new Malformed('life');
  return statement;
}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Tampered(what);
}

const checkSignature = ({ issuer, raw }: Statement): Promise<void> =>
  verify(issuer, raw.slice(-SIGNATURE), raw.slice(0, -SIGNATURE));

/** The statement, if its issuer signed it; whether its issuer may say so is for `checkChain`. */
export async function parseStatement(raw: Bytes): Promise<Statement> {
  const statement = parseShape(raw);
  await checkSignature(statement);
  return statement;
}

function payloadOf(statement: Statement, type: StatementType): Bytes {
  demand(statement.type === type, 'type');
  return statement.payload;
}

/** The key of whom the root lets sign every statement but delegations. */
function delegate(delegation: Statement): Bytes {
  const [key] = unbind(payloadOf(delegation, 'delegation'), 1);
  return sized(key, KEY);
}

export const memberClaim = (statement: Statement): MemberClaim => parseMember(payloadOf(statement, 'member'));

/** The payload of a member statement. */
export function parseMember(payload: Bytes): MemberClaim {
  const [desk, role, name, edPk, keyHash] = unbind(payload, 5);
  if (name.length < 1 || name.length > NAME_LIMIT) throw new Malformed('name');
  return {
    desk: sized(desk, ID),
    role: word(ROLES, role),
    name: decodeUtf8(name),
    edPk: sized(edPk, KEY),
    keyHash: sized(keyHash, KEY),
  };
}

export function epochClaim(statement: Statement): EpochClaim {
  const [epoch, keyHash] = unbind(payloadOf(statement, 'desk-epoch'), 2);
  return { epoch: integer(sized(epoch, 4)), keyHash: sized(keyHash, KEY) };
}

async function checkRoot(pin: Pin, delegation: Statement): Promise<void> {
  await checkSignature(delegation);
  demand(equal(delegation.org, pin.org) && equal(await organisation(delegation.issuer), pin.org), 'root');
  demand(delegation.serial >= pin.serial, 'serial');
}

function checkLife({ notBefore, notAfter }: Statement, today: number | null): void {
  demand(today === null || (today >= notBefore - TOLERANCE && today <= notAfter + TOLERANCE), 'life');
}

/** The delegation, if it counts under this pin. */
export async function checkDelegation(pin: Pin, raw: Bytes, today: number | null): Promise<Statement> {
  const delegation = parseShape(raw);
  delegate(delegation);
  await checkRoot(pin, delegation);
  checkLife(delegation, today);
  return delegation;
}

/**
 * The statement, if a coordinator delegated under this pin made it and it is of this type and valid today.
 * `today` null checks an old message: its chain, not its expiry.
 */
export async function checkChain(
  pin: Pin,
  delegation: Bytes,
  raw: Bytes,
  type: StatementType,
  today: number | null,
): Promise<Statement> {
  const above = parseShape(delegation);
  const statement = parseShape(raw);
  const issuer = delegate(above);
  await checkRoot(pin, above);
  await checkSignature(statement);
  demand(statement.type !== 'delegation' && statement.type === type, 'type');
  demand(equal(statement.org, pin.org) && equal(statement.issuer, issuer), 'issuer');
  checkLife(above, today);
  checkLife(statement, today);
  return statement;
}

/** A key that came beside a statement must be the one that was signed. */
export async function checkKey(keyHash: Bytes, pk: Bytes): Promise<void> {
  demand(equal(await sha256(pk), keyHash), 'key');
}

/** The highest serial seen of each type and subject, so that nobody can show us an older statement. */
export class Serials {
  readonly #highest: Readonly<Record<string, number>>;

  constructor(stored: Readonly<Record<string, number>> = {}) {
    this.#highest = stored;
  }

  /** These serials and the statement's; tampered when a higher one was seen. */
  admit({ type, subject, serial }: Statement): Serials {
    const key = `${type}:${toHex(subject)}`;
    demand(serial >= (this.#highest[key] ?? 0), 'serial');
    return new Serials({ ...this.#highest, [key]: serial });
  }

  /** `type:subject in hex` to serial, fit for JSON. */
  serialize(): Readonly<Record<string, number>> {
    return this.#highest;
  }
}
