/** Owns the adapters that keep a profile's bytes. */
import { decode, encode } from './base64.js';
import type { ProfileStore } from './types.js';

const TABLE = 'profile';

/** Keeps the profile as long as the object lives, for tests and for hosts without storage. */
export function memoryStore(): ProfileStore {
  let kept: Uint8Array | undefined;
  return {
    load: () => kept,
    save: (bytes) => void (kept = bytes),
    clear: () => void (kept = undefined),
  };
}

/**
 * Keeps the profile in the page's `localStorage`, as base64: for pages where that is all there is.
 * @param key of the entry; instances with the same key share a profile
 */
export function localStorageStore(key = 'edge-recall'): ProfileStore {
  return {
    load: () => {
      const kept = localStorage.getItem(key);
      if (kept === null) return undefined;
      try {
        return decode(kept);
      } catch {
        // No profile is empty: it is dropped as damaged.
        return new Uint8Array();
      }
    },
    save: (bytes) => localStorage.setItem(key, encode(bytes)),
    clear: () => localStorage.removeItem(key),
  };
}

/**
 * Keeps the profile in a database of its own, which is gone once it is cleared.
 * @param name of the database; instances with the same name share a profile
 */
export function indexedDbStore(name = 'edge-recall'): ProfileStore {
  let opened: Promise<IDBDatabase> | undefined;

  function open(): Promise<IDBDatabase> {
    opened ??= new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const database = request.result;
        // Another tab clears the store, or the browser takes the space back.
        database.onversionchange = close;
        database.onclose = () => (opened = undefined);
        resolve(database);
      };
    }).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  }

  function close(): void {
    void opened?.then((database) => database.close()).catch(() => {});
    opened = undefined;
  }

  async function within<T>(mode: IDBTransactionMode, work: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    const transaction = (await open()).transaction(TABLE, mode);
    const request = work(transaction.objectStore(TABLE));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  return {
    load: () => within<Uint8Array | undefined>('readonly', (table) => table.get(0)),
    save: async (bytes) => void (await within('readwrite', (table) => table.put(bytes, 0))),
    clear: () => {
      close();
      return new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name);
        request.onsuccess = () => resolve();
        request.onerror = () => reject(request.error);
      });
    },
  };
}
