/** What one should know before the first word: who reads, what is kept, and how far the page can protect. */
import { el } from '../dom.ts';
import { inGroups } from './trust.ts';
import { type Words, retention } from './words.ts';

/** A page without a pin from elsewhere claims nothing against its own server. */
function protection({ say, desk }: Words, pinned: boolean): HTMLElement {
  const known = say(pinned ? 'visitor.protection.pinned' : 'visitor.protection.unpinned', { desk: desk.name });
  return el(
    'details',
    { class: 'protection', open: !pinned },
    el('summary', {}, say('visitor.protection')),
    el('p', {}, known),
    !pinned && el('p', {}, el('code', { class: 'fingerprint' }, inGroups(desk.org))),
    el('p', {}, say('visitor.protection.limits')),
  );
}

/** Another language is another page: a conversation would not come along, so this is for before the first word. */
function languages({ say, desk, language }: Words): HTMLElement {
  const links = desk.languages
    .filter((one) => one !== language)
    .map((one) => {
      const name = new Intl.DisplayNames(one, { type: 'language' }).of(one) ?? one;
      return el('a', { href: one + location.hash, lang: one, hreflang: one }, name);
    });
  return el('nav', { class: 'languages', 'aria-label': say('visitor.language'), hidden: links.length === 0 }, ...links);
}

export interface About {
  readonly element: HTMLElement;
  /** The first word was written. */
  begun(): void;
}

export function about(words: Words, pinned: boolean): About {
  const { say, desk } = words;
  const others = languages(words);
  const element = el(
    'section',
    { class: 'about', 'aria-labelledby': 'about-heading' },
    el('h2', { id: 'about-heading' }, say('visitor.about')),
    el('p', {}, say('visitor.about.welcome')),
    el('p', {}, say('visitor.about.sealed', { desk: desk.name })),
    el('p', {}, say('visitor.about.secrecy')),
    el('p', {}, say('visitor.about.trace')),
    el('p', {}, say('visitor.about.retention', { time: retention(words) })),
    protection(words, pinned),
    others,
  );
  return { element, begun: () => others.remove() };
}
