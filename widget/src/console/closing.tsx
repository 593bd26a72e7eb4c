/** Ending a conversation: asked once more, with room for last words. */
import { useState } from 'preact/hooks';
import { TEXT_LIMIT } from '../../../crypto/frame.ts';
import { messageLength } from '../session.ts';
import { Dialog } from './dialog.tsx';
import { useWords } from './words.ts';

interface ClosingProps {
  readonly language: string;
  readonly close: (farewell: string) => void;
  readonly cancel: () => void;
}

export function Closing({ language, close, cancel }: ClosingProps) {
  const { t } = useWords();
  const [farewell, setFarewell] = useState('');
  // Last words are one frame.
  const tooLong = messageLength(farewell.trim()) > TEXT_LIMIT;
  return (
    <Dialog
      title={t('closing.heading')}
      confirm={t('closing.confirm')}
      cancel={t('closing.cancel')}
      disabled={tooLong}
      onConfirm={() => close(farewell.trim())}
      onCancel={cancel}
    >
      <p>{t('closing.explain')}</p>
      <label class="field">
        <span>{t('closing.farewell')}</span>
        <textarea
          rows={3}
          value={farewell}
          lang={language}
          dir="auto"
          spellcheck={false}
          autocomplete="off"
          aria-invalid={tooLong}
          aria-describedby="farewell-limit"
          onInput={(event) => setFarewell(event.currentTarget.value)}
        />
      </label>
      <p id="farewell-limit" class="failure">
        {tooLong ? t('closing.too-long') : ''}
      </p>
    </Dialog>
  );
}
