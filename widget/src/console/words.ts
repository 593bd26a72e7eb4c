/** The counsellor's language: chosen by hand, remembered on this machine, and every sentence of the console in it. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Catalogue, type Translate, translator } from '../strings.ts';
import { Refusal } from './api.ts';
import { Locked } from './keyring.ts';
import type { Shelf } from './serials.ts';

export type Catalogues = Readonly<Record<string, Catalogue>>;

/** What every component needs to speak. */
export interface Words {
  readonly t: Translate;
  readonly language: string;
}

const PLACE = 'sluss-language';
const FALLBACK = 'en';

export const WordsContext = createContext<Words>({ t: translator({}), language: FALLBACK });

export const useWords = (): Words => useContext(WordsContext);

/** The language chosen here before, else the first of the browser's that exists. */
export function chosenLanguage(catalogues: Catalogues, shelf: Shelf, browser: readonly string[]): string {
  const wishes = [shelf.getItem(PLACE) ?? '', ...browser.map((tag) => tag.split('-')[0]!), FALLBACK];
  return wishes.find((wish) => Object.hasOwn(catalogues, wish)) ?? FALLBACK;
}

export const chooseLanguage = (shelf: Shelf, language: string): void => shelf.setItem(PLACE, language);

/** A language's name in the counsellor's language, as browsers know it. */
export function languageName(of: string, language: string): string {
  try {
    return new Intl.DisplayNames([language], { type: 'language' }).of(of) ?? of;
  } catch {
    return of;
  }
}

const known = (t: Translate, key: string): boolean => t(key) !== key;

/** The sentence for a code, or one that fits all. */
export const sentence = (t: Translate, key: string, fallback: string): string => t(known(t, key) ? key : fallback);

/** What went wrong on the way in, and what to do about it. */
export function entranceSentence(t: Translate, error: unknown): string {
  if (error instanceof Locked) return t(`locked.${error.check}`, { desk: error.desk });
  if (error instanceof Refusal) return sentence(t, `refusal.${error.code}`, 'refusal.other');
  return t('unexpected');
}
