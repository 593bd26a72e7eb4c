/** Where an answer is written. The draft lives in the board, so that switching conversations loses nothing. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { MESSAGE_LIMIT, messageLength } from '../session.ts';
import { useWords } from './words.ts';

interface ComposerProps {
  readonly draft: string;
  readonly language: string;
  readonly change: (text: string) => void;
  readonly send: (text: string) => void;
}

const PLACE = 'sluss-enter-sends';

/** On a staff machine a habit may be remembered. */
function useEnterSends(): readonly [boolean, (sends: boolean) => void] {
  const [sends, setSends] = useState(() => localStorage.getItem(PLACE) !== 'no');
  const remember = (next: boolean) => {
    localStorage.setItem(PLACE, next ? 'yes' : 'no');
    setSends(next);
  };
  return [sends, remember];
}

/** What some engines say instead of `isComposing`. */
const COMPOSING = 229;

/** Enter that ends a composed character belongs to the input method; with any other key it means a new line (AC-4). */
const meansSend = (event: KeyboardEvent): boolean =>
  event.key === 'Enter' &&
  !(event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) &&
  !event.isComposing &&
  event.keyCode !== COMPOSING;

export function Composer({ draft, language, change, send }: ComposerProps) {
  const { t } = useWords();
  const field = useRef<HTMLTextAreaElement>(null);
  const [enterSends, setEnterSends] = useEnterSends();
  const tooLong = messageLength(draft) > MESSAGE_LIMIT;
  const ready = draft.trim() !== '' && !tooLong;
  useEffect(() => field.current?.focus(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    if (ready) send(draft.trim());
    field.current?.focus();
  };
  return (
    <form class="composer" onSubmit={submit}>
      <label class="hidden" for="answer">
        {t('composer.label')}
      </label>
      <textarea
        id="answer"
        ref={field}
        rows={3}
        value={draft}
        lang={language}
        dir="auto"
        // Some browsers send what they check to their makers (EX-16).
        spellcheck={false}
        autocomplete="off"
        placeholder={t('composer.label')}
        aria-invalid={tooLong}
        aria-describedby="answer-limit"
        onInput={(event) => change(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (enterSends && meansSend(event)) submit(event);
        }}
      />
      <div class="composer-foot">
        <label class="choice">
          <input
            type="checkbox"
            checked={enterSends}
            onChange={(event) => setEnterSends(event.currentTarget.checked)}
          />
          <span>{t('composer.enter-sends')}</span>
        </label>
        <p id="answer-limit" class="failure">
          {tooLong ? t('composer.too-long') : ''}
        </p>
        <button type="submit" class="button primary" aria-disabled={!ready}>
          {t('composer.send')}
        </button>
      </div>
    </form>
  );
}
