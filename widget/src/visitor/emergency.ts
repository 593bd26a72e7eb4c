/** The emergency numbers: always in sight, before, during and after a conversation, and when there is none. */
import { el } from '../dom.ts';
import type { Words } from './words.ts';

interface Numbers {
  readonly danger: string;
  readonly police: string | null;
}

const NUMBERS: Readonly<Record<string, Numbers>> = {
  SE: { danger: '112', police: '114 14' },
  DK: { danger: '112', police: '114' },
};

/** 112 is answered in every country of the Union. */
const ANYWHERE: Numbers = { danger: '112', police: null };

function call(label: string, number: string): HTMLElement {
  const href = `tel:${number.replace(/ /g, '')}`;
  return el('li', {}, el('a', { class: 'call', href }, `${label} `, el('strong', {}, number)));
}

export function emergency({ say, desk }: Words): HTMLElement {
  const { danger, police } = NUMBERS[desk.country] ?? ANYWHERE;
  return el(
    'nav',
    { class: 'emergency', 'aria-label': say('visitor.emergency') },
    el(
      'ul',
      {},
      call(say('visitor.emergency.danger'), danger),
      police !== null && call(say('visitor.emergency.police'), police),
    ),
  );
}
