/** The console's catalogues: every language has every sentence, and every sentence that is asked for exists. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Refusal } from '../../../widget/src/console/api.ts';
import { CHECKS, Locked } from '../../../widget/src/console/keyring.ts';
import { chosenLanguage, entranceSentence, languageName } from '../../../widget/src/console/words.ts';
import { translator } from '../../../widget/src/strings.ts';
import { newShelf } from './stage.ts';

const LANGUAGES = ['sv', 'da', 'en'];
const folder = fileURLToPath(new URL('../../../server/locale/console/', import.meta.url));
const source = fileURLToPath(new URL('../../../widget/src/console/', import.meta.url));

const catalogues = Object.fromEntries(
  LANGUAGES.map((language) => [
    language,
    JSON.parse(readFileSync(`${folder}${language}.json`, 'utf8')) as Readonly<Record<string, string>>,
  ]),
);
const keys = Object.keys(catalogues['sv']!).sort();
const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

const code = readdirSync(source)
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => readFileSync(source + name, 'utf8'))
  .join('\n');

test('every language has the same sentences, none empty, with the same things put in', () => {
  for (const language of LANGUAGES) {
    assert.deepEqual(Object.keys(catalogues[language]!).sort(), keys);
    for (const key of keys) {
      assert.notEqual(catalogues[language]![key]!.trim(), '');
      assert.deepEqual(
        placeholders(catalogues[language]![key]!),
        placeholders(catalogues['sv']![key]!),
        `${language} ${key}`,
      );
    }
  }
});

test('every sentence that is asked for by name exists', () => {
  const asked = [...code.matchAll(/\b(?:t|words\.t)\(\s*'([\w.-]+)'/g)].map(([, key]) => key!);
  assert.ok(asked.length > 40);
  assert.deepEqual(
    asked.filter((key) => !keys.includes(key)),
    [],
  );
});

test('every sentence is asked for', () => {
  const composed = [...code.matchAll(/`([\w-]+\.)\$\{[^}]+\}(\.[\w-]+)?`/g)].map(
    ([, start, end = '']) => [start!, end] as const,
  );
  const unused = keys.filter(
    (key) => !code.includes(`'${key}'`) && !composed.some(([start, end]) => key.startsWith(start) && key.endsWith(end)),
  );
  assert.deepEqual(unused, []);
});

test('each check that can fail, each state and each mark has its sentence', () => {
  const wanted = [
    ...CHECKS.map((check) => `locked.${check}`),
    ...['sealed', 'accepted', 'delivered', 'refused'].map((state) => `mark.${state}`),
    ...['unknown', 'here', 'lost', 'left'].flatMap((line) => [`line.${line}`, `line.${line}.sentence`]),
    ...['gap', 'fork', 'tampered', 'repeat'].flatMap((kind) => [`anomaly.${kind}`, `anomaly.${kind}.title`]),
    ...['no-key', 'tampered', 'gone', 'shredded'].flatMap((fault) => [
      `fault.${fault}`,
      `fault.${fault}.title`,
      `fault.${fault}.short`,
    ]),
    ...['starting', 'open', 'lost'].map((line) => `connection.${line}`),
  ];
  assert.deepEqual(
    wanted.filter((key) => !keys.includes(key)),
    [],
  );
  const locked = keys.filter((key) => key.startsWith('locked.'));
  assert.equal(locked.length, CHECKS.length);
});

test('failures on the way in are told in words, unknown ones too, and never by their text', () => {
  const t = translator(catalogues['en']!);
  assert.match(entranceSentence(t, new Locked('epoch-serial', 'Orostelefonen')), /older key of Orostelefonen/);
  assert.match(entranceSentence(t, new Refusal('wait')), /Wait a minute/);
  assert.equal(entranceSentence(t, new Refusal('never-heard')), catalogues['en']!['refusal.other']);
  assert.equal(entranceSentence(t, new TypeError('secret')), catalogues['en']!['unexpected']);
});

test('the language chosen here wins, then the first of the browser that exists, then English', () => {
  const shelf = newShelf();
  assert.equal(chosenLanguage(catalogues, shelf, ['nb', 'da-DK', 'sv']), 'da');
  assert.equal(chosenLanguage(catalogues, shelf, ['fi']), 'en');
  shelf.setItem('sluss-language', 'sv');
  assert.equal(chosenLanguage(catalogues, shelf, ['da']), 'sv');
  shelf.setItem('sluss-language', 'constructor');
  assert.equal(chosenLanguage(catalogues, shelf, ['da']), 'da');
});

test('languages are named in the language of the reader, unknown ones by their code', () => {
  assert.equal(languageName('da', 'sv'), 'danska');
  assert.equal(languageName('not a tag', 'sv'), 'not a tag');
});
