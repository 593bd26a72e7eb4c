/** Where a message is written. Nothing here is kept by the browser: no name, no completion, no spelling service (EX-16). */
import { el, setText } from '../dom.ts';
import { MESSAGE_LIMIT, messageLength } from '../session.ts';
import type { Words } from './words.ts';

export interface Composer {
  readonly element: HTMLElement;
  focus(): void;
}

export interface ComposerDeeds {
  readonly send: (text: string) => void;
  /** Something is being written. */
  readonly writes: () => void;
  /** The text was emptied without being sent. */
  readonly stops: () => void;
}

/** Some engines say 229 instead of `isComposing` for the Enter that ends a composition (AC-4). */
const COMPOSING = 229;

const sends = (event: KeyboardEvent): boolean =>
  event.key === 'Enter' &&
  !(event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) &&
  !event.isComposing &&
  event.keyCode !== COMPOSING;

export function composer({ say }: Words, deeds: ComposerDeeds): Composer {
  const box = el('textarea', {
    id: 'words',
    rows: 2,
    dir: 'auto',
    spellcheck: 'false',
    autocomplete: 'off',
    autocorrect: 'off',
    enterkeyhint: 'send',
    'aria-describedby': 'words-hint',
    oninput: () => changed(),
    onkeydown: (event: KeyboardEvent) => sends(event) && send(event),
  });
  const hint = el('p', { id: 'words-hint', class: 'hint', 'aria-live': 'polite' }, say('visitor.enter'));
  const isLong = () => messageLength(box.value) > MESSAGE_LIMIT;

  const showLength = () => {
    const long = isLong();
    box.setAttribute('aria-invalid', String(long));
    hint.className = long ? 'hint notice' : 'hint';
    setText(hint, say(long ? 'visitor.long' : 'visitor.enter'));
  };
  const changed = () => {
    showLength();
    if (box.value) deeds.writes();
    else deeds.stops();
  };
  const send = (event: Event) => {
    event.preventDefault();
    box.focus();
    const text = box.value.trim();
    if (text === '' || isLong()) return;
    box.value = '';
    showLength();
    deeds.send(text);
  };
  const element = el(
    'form',
    { class: 'composer', onsubmit: send },
    el('label', { for: 'words' }, say('visitor.write')),
    box,
    el('button', { type: 'submit', class: 'primary' }, say('visitor.send')),
    hint,
  );
  return { element, focus: () => box.focus({ preventScroll: true }) };
}
