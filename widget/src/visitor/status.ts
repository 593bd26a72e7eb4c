/** The one sentence about how things stand, chosen from everything that is known; the order is the order of importance. */
import type { Conversation } from '../conversation.ts';
import type { ChatState } from './chat.ts';

/** Key of a sentence in the catalogue; empty when there is nothing that has to be said. */
export function statusKey({ conversation, line, asked }: ChatState): string {
  const { phase } = conversation;
  const over = phase === 'closed' || phase === 'shredded';
  if (over) return asked === 'delete' ? 'visitor.status.deleting' : `visitor.status.${phase}`;
  if (conversation.refusal) return problemKey(conversation.refusal);
  if (line === 'lost' || line === 'back' || line === 'connecting') return `visitor.status.${line}`;
  if (asked) return asked === 'end' ? 'visitor.status.ending' : 'visitor.status.deleting';
  if (phase === 'waiting') return 'visitor.status.waiting';
  return phase === 'active' ? counsellorKey(conversation) : '';
}

function counsellorKey({ name, line, typing }: Conversation): string {
  if (!name) return 'visitor.status.taken';
  if (line === 'lost' || line === 'left') return `visitor.status.counsellor-${line}`;
  return typing ? 'visitor.status.typing' : 'visitor.status.here';
}

const TOLD: readonly string[] = ['too-many', 'unknown-desk', 'not-now'];

const problemKey = (code: string): string => `visitor.problem.${TOLD.includes(code) ? code : 'other'}`;
