/** A desk of the tests' organisation, as the server shows it to a visitor's page. */
import { type Bytes, toBase64url } from '../../crypto/binding.ts';
import { generateSeed, publicKey } from '../../crypto/hpke.ts';
import { delegationPayload, epochPayload, makeStatement } from '../../crypto/issue.ts';
import { SigningKey } from '../../crypto/primitives.ts';
import { serializePin } from '../../crypto/statement.ts';
import type { DeskKeys } from '../../widget/src/wire.ts';
import { TODAY, coordinator, delegation, desk, org, pin, random, root } from '../crypto/world.ts';

export const deskId = desk;
export const deskSeed = generateSeed();
export const deskPk = await publicKey(deskSeed);
export const EPOCH = 3;

/** What a page is opened with. */
export const fragment = `#root=${serializePin(pin)}`;

interface Bend {
  readonly issuer?: SigningKey;
  readonly subject?: Bytes;
  readonly epoch?: number;
  readonly pk?: Bytes;
  readonly notAfter?: number;
}

export async function epochStatement(bend: Bend = {}): Promise<string> {
  const { issuer = coordinator, subject = deskId, epoch = EPOCH, pk = deskPk, notAfter = TODAY + 30 } = bend;
  const draft = { type: 'desk-epoch', org, subject, serial: 1, notBefore: TODAY - 10, notAfter } as const;
  return toBase64url(await makeStatement(issuer, { ...draft, payload: await epochPayload(epoch, pk) }));
}

export async function delegationTo(delegate: SigningKey, serial: number, issuer = root): Promise<string> {
  const life = { notBefore: TODAY - 10, notAfter: TODAY + 300 };
  const draft = { type: 'delegation', org, subject: random(16), serial, ...life } as const;
  const payload = delegationPayload(delegate.publicKey);
  return toBase64url(await makeStatement(issuer, { ...draft, payload }));
}

export const deskKeys: DeskKeys = {
  org: toBase64url(org),
  desk: toBase64url(deskId),
  name: 'Testdisken',
  country: 'SE',
  languages: ['sv', 'en'],
  retention_days: 1,
  delegation: toBase64url(delegation),
  statement: await epochStatement(),
  epoch: EPOCH,
  key: toBase64url(deskPk),
};
