/** Words from a catalogue. A language is a file of translations and nothing else: no word stands in the code. */

export type Catalogue = Readonly<Record<string, string>>;

/** Look a text up; `{name}` in it is replaced. A missing key shows itself, so that a test can see it. */
export type Translate = (key: string, values?: Readonly<Record<string, string | number>>) => string;

export const translator =
  (catalogue: Catalogue): Translate =>
  (key, values = {}) =>
    (Object.hasOwn(catalogue, key) ? catalogue[key]! : key).replace(/\{(\w+)\}/g, (placeholder, name: string) =>
      String(values[name] ?? placeholder),
    );
