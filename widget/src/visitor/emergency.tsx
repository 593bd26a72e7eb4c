/** The emergency numbers: always in sight, before, during and after a conversation, and when there is none. */
import { useWords } from './words.ts';

interface Numbers {
  readonly danger: string;
  readonly police: string | null;
}

const NUMBERS: Readonly<Record<string, Numbers>> = {
  SE: { danger: '112', police: '114 14' },
  DK: { danger: '112', police: '114' },
};

/** 112 is answered in every country of the Union. */
const ANYWHERE: Numbers = { danger: '112', police: null };

const Call = ({ label, number }: { readonly label: string; readonly number: string }) => (
  <li>
    <a class="call" href={`tel:${number.replace(/ /g, '')}`}>
      {label} <strong>{number}</strong>
    </a>
  </li>
);

export function Emergency() {
  const { say, desk } = useWords();
  const { danger, police } = NUMBERS[desk.country] ?? ANYWHERE;
  return (
    <nav class="emergency" aria-label={say('visitor.emergency')}>
      <ul>
        <Call label={say('visitor.emergency.danger')} number={danger} />
        {police && <Call label={say('visitor.emergency.police')} number={police} />}
      </ul>
    </nav>
  );
}
