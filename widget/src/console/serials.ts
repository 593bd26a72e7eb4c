/** The highest serials this machine has seen: what the server once showed as revoked must not come back as valid. */
import { Serials, type Statement } from '../../../crypto/statement.ts';

/** The part of a browser's storage that is used, so that a test can be one. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem'>;

const PLACE = 'sluss-serials';

type Stored = Readonly<Record<string, Readonly<Record<string, number>>>>;

const isStored = (value: unknown): value is Stored =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every(
    (scope) =>
      typeof scope === 'object' && scope !== null && Object.values(scope).every((one) => Number.isSafeInteger(one)),
  );

/**
 * One `Serials` for each thing that has versions of its own. A member of two desks has two member statements, and
 * a desk keeps its older epochs: each of those would look like a step back beside the other.
 */
export class SerialBook {
  #stored: Stored;

  constructor(stored: Stored = {}) {
    this.#stored = stored;
  }

  /** Remember statements whose chains held; tampered if a higher one was seen in this scope. */
  admit(scope: string, ...statements: readonly Statement[]): void {
    const known = new Serials(Object.hasOwn(this.#stored, scope) ? this.#stored[scope] : {});
    const admitted = statements.reduce((serials, statement) => serials.admit(statement), known);
    this.#stored = { ...this.#stored, [scope]: admitted.serialize() };
  }

  serialize(): Stored {
    return this.#stored;
  }
}

export function loadSerials(shelf: Shelf): SerialBook {
  try {
    const stored: unknown = JSON.parse(shelf.getItem(PLACE) ?? '{}');
    return new SerialBook(isStored(stored) ? stored : {});
  } catch {
    // Who can write here sits at this machine and could as well empty it: a damaged note is an empty one.
    return new SerialBook();
  }
}

export const keepSerials = (shelf: Shelf, book: SerialBook): void =>
  shelf.setItem(PLACE, JSON.stringify(book.serialize()));
