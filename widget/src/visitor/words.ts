/** What every part of the page needs to speak: the catalogue's words, and of which desk they tell. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Translate } from '../strings.ts';
import type { DeskKeys } from '../wire.ts';

export interface Words {
  readonly say: Translate;
  readonly desk: DeskKeys;
  readonly language: string;
}

const context = createContext<Words | null>(null);

export const WordsProvider = context.Provider;

export function useWords(): Words {
  const words = useContext(context);
  if (!words) throw new Error('no words outside their provider');
  return words;
}
