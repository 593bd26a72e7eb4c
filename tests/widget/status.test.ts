import assert from 'node:assert/strict';
import test from 'node:test';
import { type Conversation, NEW } from '../../widget/src/conversation.ts';
import type { ChatState } from '../../widget/src/visitor/chat.ts';
import { statusKey } from '../../widget/src/visitor/status.ts';

const here: ChatState = { conversation: NEW, line: 'here', asked: '', destroyed: null };
const active: Partial<Conversation> = { phase: 'active', name: 'Åsa', line: 'here' };

type Row = readonly [string, Partial<ChatState>, Partial<Conversation>];

const TABLE: readonly Row[] = [
  ['', {}, {}],
  ['visitor.status.connecting', { line: 'connecting' }, {}],
  ['visitor.status.lost', { line: 'lost' }, active],
  ['visitor.status.back', { line: 'back' }, active],
  ['visitor.status.waiting', {}, { phase: 'waiting' }],
  ['visitor.status.taken', {}, { phase: 'active' }],
  ['visitor.status.here', {}, active],
  ['visitor.status.here', {}, { ...active, line: 'unknown' }],
  ['visitor.status.typing', {}, { ...active, typing: true }],
  ['visitor.status.counsellor-lost', {}, { ...active, line: 'lost' }],
  ['visitor.status.counsellor-left', {}, { ...active, line: 'left' }],
  ['visitor.status.ending', { asked: 'end' }, active],
  ['visitor.status.deleting', { asked: 'delete' }, active],
  ['visitor.status.lost', { asked: 'end', line: 'lost' }, active],
  ['visitor.status.closed', {}, { phase: 'closed' }],
  ['visitor.status.closed', { line: 'lost' }, { phase: 'closed' }],
  ['visitor.status.deleting', { asked: 'delete' }, { phase: 'closed' }],
  ['visitor.status.shredded', { line: 'lost' }, { phase: 'shredded' }],
  ['visitor.problem.too-many', {}, { refusal: 'too-many' }],
  ['visitor.problem.unknown-desk', {}, { refusal: 'unknown-desk' }],
  ['visitor.problem.other', {}, { refusal: 'conflict' }],
  ['visitor.problem.other', { line: 'lost' }, { ...active, refusal: 'constructor' }],
];

for (const [key, state, conversation] of TABLE)
  test(`${JSON.stringify({ ...state, ...conversation })} is said as "${key}"`, () => {
    assert.equal(statusKey({ ...here, ...state, conversation: { ...NEW, ...conversation } }), key);
  });
