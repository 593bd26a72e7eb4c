/** The page's screens: checking, refused, the chat, and what is left of it after it was deleted. */
import { writable } from '../conversation.ts';
import { type Child, el, setText } from '../dom.ts';
import { about } from './about.ts';
import type { Chat, ChatState } from './chat.ts';
import { composer } from './composer.ts';
import { emergency } from './emergency.ts';
import { log } from './log.ts';
import { question } from './question.ts';
import { statusKey } from './status.ts';
import type { Words } from './words.ts';

/** Why there is no text box: keys that do not match, or a browser that cannot seal. */
export type Refusal = 'keys' | 'browser';

/** Every screen has the desk's name and the emergency numbers at its top. */
function screen(words: Words, ...children: readonly Child[]): HTMLElement {
  const heading = el('header', {}, el('h1', {}, words.desk.name), el('p', {}, words.say('visitor.lead')), emergency(words));
  return el('div', { class: 'page' }, heading, el('main', {}, ...children));
}

export const checkingScreen = (words: Words): HTMLElement =>
  screen(words, el('p', { class: 'status', role: 'status' }, words.say('visitor.status.checking')));

/** A plain no, with the numbers and without a text box: nobody must write to an unproven desk. */
export function refusedScreen(words: Words, refusal: Refusal): HTMLElement {
  const { say, desk } = words;
  const heading = el('h2', {}, say('visitor.refusal'));
  const reason = el('p', {}, say(`visitor.refusal.${refusal}`, { desk: desk.name }));
  return screen(words, el('section', { class: 'about', role: 'alert' }, heading, reason));
}

/** What was destroyed, as far as the server has said it. */
export function destroyedScreen(words: Words, destroyed: ChatState['destroyed']): HTMLElement {
  const { say } = words;
  const line = (key: string) => el('li', {}, say(key, destroyed ?? {}));
  return screen(
    words,
    el(
      'section',
      { class: 'about', role: 'status' },
      el('h2', {}, say('visitor.destroyed')),
      destroyed && el('p', {}, say('visitor.destroyed.count')),
      destroyed && el('ul', {}, line('visitor.destroyed.keys'), line('visitor.destroyed.frames')),
      el('p', {}, say('visitor.destroyed.rest')),
    ),
  );
}

export interface ChatScreen {
  readonly element: HTMLElement;
  focus(): void;
  show(state: ChatState): void;
}

export function chatScreen(words: Words, chat: Chat, pinned: boolean): ChatScreen {
  const { say } = words;
  const before = about(words, pinned);
  const said = log(words, before.element);
  const status = el('p', { class: 'status', role: 'status' });
  const writing = composer(words, {
    send: (text) => void chat.say(text),
    writes: () => {
      void chat.prepare();
      chat.writes();
    },
    stops: () => chat.stopsWriting(),
  });
  const end = question(words, 'visitor.end', '', () => chat.end());
  const shred = question(words, 'visitor.delete', 'danger', () => chat.delete());
  const deeds = el('div', { class: 'deeds' }, end, shred);

  const show = (state: ChatState) => {
    const { conversation, asked } = state;
    const { phase, entries, name } = conversation;
    if (entries.length) before.begun();
    said.show(conversation);
    const key = statusKey(state);
    setText(status, key && say(key, { name: name || say('chat.counsellor') }));
    writing.element.hidden = !writable(conversation);
    deeds.hidden = phase === 'new' || phase === 'shredded';
    end.hidden = phase === 'closed';
    end.disabled = asked !== '';
    shred.disabled = asked === 'delete';
  };
  const element = screen(words, said.element, el('div', { class: 'writing' }, status, writing.element, deeds));
  return { element, focus: writing.focus, show };
}
