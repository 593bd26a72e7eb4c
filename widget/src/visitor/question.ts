/** A deed that is asked about once before it is done; Escape and "no" go back, and the focus with them. */
import { el } from '../dom.ts';
import { type Words, retention } from './words.ts';

/** The button that asks. `name` is a catalogue prefix: itself the button, then `.question`, `.text` and `.yes`. */
export function question(words: Words, name: string, look: string, yes: () => void): HTMLButtonElement {
  const ask = () => {
    const box = dialog(words, name, look, yes);
    document.body.append(box);
    box.showModal();
  };
  return el('button', { type: 'button', class: 'quiet', onclick: ask }, words.say(name));
}

function dialog(words: Words, name: string, look: string, yes: () => void): HTMLDialogElement {
  const { say } = words;
  const close = () => box.close();
  const agree = () => {
    close();
    yes();
  };
  const box = el(
    'dialog',
    { 'aria-labelledby': 'question', onclose: () => box.remove() },
    el('h2', { id: 'question' }, say(`${name}.question`)),
    el('p', {}, say(`${name}.text`, { time: retention(words) })),
    el(
      'div',
      { class: 'answers' },
      el('button', { type: 'button', onclick: close }, say('visitor.no')),
      el('button', { type: 'button', class: `primary ${look}`, onclick: agree }, say(`${name}.yes`)),
    ),
  );
  return box;
}
