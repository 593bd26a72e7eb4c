/** Making statements: only for pages that hold a signing key. A visitor's page never imports this file. */
import { type Bytes, bind, concat, sha256, sized, u32, u64 } from './binding.ts';
import type { SigningKey } from './primitives.ts';
import { LABEL, type Role, type StatementType, parseMember, parseStatement } from './statement.ts';

/** What a statement says besides who signs it; both days are included. */
export interface Draft {
  readonly type: StatementType;
  readonly org: Bytes;
  readonly subject: Bytes;
  readonly serial: number;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly payload: Bytes;
}

/** What a delegation says: the coordinator's Ed25519 key. */
export const delegationPayload = (edPk: Bytes): Bytes => bind(sized(edPk, 32));

/** `name` is the working name, 1 to 64 bytes of UTF-8. */
export async function memberPayload(
  desk: Bytes,
  role: Role,
  name: string,
  edPk: Bytes,
  xwingPk: Bytes,
): Promise<Bytes> {
  const payload = bind(desk, role, name, edPk, await sha256(xwingPk));
  parseMember(payload);
  return payload;
}

export const epochPayload = async (epoch: number, xwingPk: Bytes): Promise<Bytes> =>
  bind(u32(epoch), await sha256(xwingPk));

/** The statement's bytes, signed by its issuer; malformed if nobody could parse them. */
export async function makeStatement(issuer: SigningKey, draft: Draft): Promise<Bytes> {
  const { type, org, subject, serial, notBefore, notAfter, payload } = draft;
  const life = [u32(notBefore), u32(notAfter)];
  const body = bind(LABEL, type, org, issuer.publicKey, subject, u64(serial), ...life, payload);
  const raw = concat(body, await issuer.sign(body));
  await parseStatement(raw);
  return raw;
}
