/** Always in view: which line, whose keys, which language, and the way out. */
import type { ComponentChildren } from 'preact';
import type { BoardLine } from './board.ts';
import { type Catalogues, useWords } from './words.ts';

export interface LanguageChoice {
  readonly catalogues: Catalogues;
  readonly choose: (language: string) => void;
}

function Languages({ catalogues, choose }: LanguageChoice) {
  const { t, language } = useWords();
  return (
    <label class="language">
      <span class="hidden">{t('language')}</span>
      <select value={language} onChange={(event) => choose(event.currentTarget.value)}>
        {Object.entries(catalogues).map(([code, catalogue]) => (
          <option key={code} value={code} lang={code}>
            {catalogue['language-name']}
          </option>
        ))}
      </select>
    </label>
  );
}

export function LineState({ line }: { readonly line: BoardLine }) {
  const { t } = useWords();
  return (
    <p class={`line-state ${line}`} role="status">
      {t(`connection.${line}`)}
    </p>
  );
}

export function TopBar({
  choice,
  children,
}: {
  readonly choice: LanguageChoice;
  readonly children?: ComponentChildren;
}) {
  const { t } = useWords();
  return (
    <header class="top-bar">
      <p class="product">{t('product')}</p>
      {children}
      <Languages {...choice} />
    </header>
  );
}
