/** What every part of the page needs to speak: the catalogue's words, and of which desk they tell. */
import type { Translate } from '../strings.ts';
import type { DeskKeys } from '../wire.ts';

export interface Words {
  readonly say: Translate;
  readonly desk: DeskKeys;
  readonly language: string;
}
