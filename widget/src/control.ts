/** Control messages as they come in: a JSON text is one of ours, field by field, or it is nothing. */
import type { ToCounsellor, ToVisitor } from './wire.ts';

type Kind = 'string' | 'number' | 'list';
type Shapes<C extends { readonly t: string }> = {
  readonly [T in C['t']]: Readonly<Record<string, Kind>>;
};

/** The required fields of every message to a side; optional ones may be missing, unknown ones are ignored. */
export type Dialect<C extends { readonly t: string }> = Shapes<C>;

const of = 'string';
const conversation = { conversation: of } as const;
const accepted = { conversation: of, instance: of, counter: 'number', seq: 'number' } as const;
const refused = { code: of } as const;
const phase = { conversation: of, phase: of } as const;
const line = { conversation: of, line: of } as const;

export const TO_VISITOR: Dialect<ToVisitor> = {
  hello: { nonce: of },
  opened: phase,
  resumed: { ...phase, last: 'number' },
  accepted,
  refused,
  phase,
  line,
  deleted: { ...conversation, keys: 'number', frames: 'number' },
};

export const TO_COUNSELLOR: Dialect<ToCounsellor> = {
  conversations: { waiting: 'list', mine: 'list' },
  opening: {
    ...conversation,
    desk: of,
    epoch: 'number',
    stub: of,
    wrap: of,
    sealed: of,
    phase: of,
    line: of,
    last: 'number',
  },
  accepted,
  refused,
  phase,
  line,
};

const fits = (value: unknown, kind: Kind): boolean =>
  kind === 'list'
    ? Array.isArray(value)
    : kind === 'number'
      ? Number.isSafeInteger(value) && (value as number) >= 0
      : typeof value === kind;

/** The message, or nothing: what a server sends is never trusted to have a shape. */
export function parseControl<C extends { readonly t: string }>(dialect: Dialect<C>, text: string): C | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const tag = fields['t'];
  if (typeof tag !== 'string' || !Object.hasOwn(dialect, tag)) return undefined;
  const shape = dialect[tag as C['t']];
  return Object.entries(shape).every(([name, kind]) => fits(fields[name], kind)) ? (value as C) : undefined;
}
