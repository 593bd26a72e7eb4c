/** The catalogues hold together: with each other, with the code that asks for words, and with those inside embed.js. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import { translator } from '../../widget/src/strings.ts';

const TREE = new URL('../../', import.meta.url);
const LANGUAGES = ['sv', 'da', 'en'];
const read = (path: string) => readFileSync(new URL(path, TREE), 'utf8');
const catalogues = LANGUAGES.map((language) => JSON.parse(read(`server/locale/${language}.json`)) as Record<string, string>);
const [first = {}] = catalogues;
const placeholders = (text = '') => (text.match(/\{\w+\}/g) ?? []).sort();

test('every language has the same keys, each with words and the same placeholders', () => {
  for (const catalogue of catalogues) {
    assert.deepEqual(Object.keys(catalogue), Object.keys(first));
    for (const [key, text] of Object.entries(catalogue)) {
      assert.ok(text.trim(), key);
      assert.deepEqual(placeholders(text), placeholders(first[key]), key);
    }
  }
});

test('every key that the page or a template names exists', () => {
  const folders = ['widget/src/visitor/', 'server/templates/'];
  const files = folders.flatMap((folder) => readdirSync(new URL(folder, TREE)).map((name) => folder + name));
  const named = files
    .filter((file) => !file.endsWith('console.html'))
    .flatMap((file) => [...read(file).matchAll(/['"`]((?:visitor|chat|embed)\.[\w.-]+)['"]/g)])
    .map(([, key = '']) => key);
  assert.ok(named.length > 30);
  for (const key of named) assert.ok(key in first, key);
});

test('every state, refusal and anomaly has its words', () => {
  const counsellor = ['taken', 'here', 'typing', 'counsellor-lost', 'counsellor-left'];
  const status = ['connecting', 'lost', 'back', 'waiting', 'ending', 'deleting', 'closed', 'shredded', ...counsellor];
  const problems = ['too-many', 'unknown-desk', 'not-now', 'other'].map((code) => `visitor.problem.${code}`);
  const states = ['sealed', 'accepted', 'delivered', 'refused'];
  const words = [...states, 'gap', 'fork', 'tampered', 'repeat'].map((word) => `chat.${word}`);
  const sentences = status.map((name) => `visitor.status.${name}`);
  for (const key of [...sentences, ...problems, ...words]) assert.ok(key in first, key);
});

test('embed.js has the same words as the catalogues', async () => {
  Object.assign(globalThis, { document: { currentScript: null }, HTMLScriptElement: class {} });
  const { LABELS } = await import('../../widget/src/embed.ts');
  for (const [i, language] of LANGUAGES.entries()) {
    const words = ['open', 'hide', 'window', 'title'].map((name) => catalogues[i]?.[`embed.${name}`]);
    assert.deepEqual(LABELS[language], words);
  }
});

test('a missing key shows itself, a missing value its placeholder', () => {
  const say = translator({ 'a.b': '{name} is here, {count} wait' });
  assert.equal(say('a.b', { name: 'Åsa', count: 0 }), 'Åsa is here, 0 wait');
  assert.equal(say('a.b', { name: 'Åsa' }), 'Åsa is here, {count} wait');
  assert.equal(say('a.c'), 'a.c');
  assert.equal(say('toString'), 'toString');
});

test('a value with a placeholder in it is not filled again', () => {
  assert.equal(translator({ k: '{name}{count}' })('k', { name: '{count}', count: 1 }), '{count}1');
});
