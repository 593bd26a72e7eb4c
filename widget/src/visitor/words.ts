/** What every part of the page needs to speak: the catalogue's words, and of which desk they tell. */
import type { Translate } from '../strings.ts';
import type { DeskKeys } from '../wire.ts';

export interface Words {
  readonly say: Translate;
  readonly desk: DeskKeys;
  readonly language: string;
}

/** Only the day of closing is stored, so the sweep waits for one day more: that is what can be promised. */
const DAY_OF_CLOSING = 1;

/** The longest time that a closed conversation is kept, as the language says it ("2 days"). */
export const retention = ({ desk, language }: Words): string =>
  new Intl.NumberFormat(language, { style: 'unit', unit: 'day', unitDisplay: 'long' }).format(
    desk.retention_days + DAY_OF_CLOSING,
  );
