/** Owns the adapters that keep a profile where a visitor has no storage of his own: in workers and servers. */
import { decode, encode } from './base64.js';
import { brief, LEAST_ROOM } from './brief.js';
import { EdgeRecallError } from './errors.js';
import type { ProfileStore } from './types.js';

/** Profiles forget after 90 days. */
const SECONDS = 90 * 86_400;
/** Browsers refuse longer cookies, some of them counting the attributes. */
const MAX_BYTES = 4093;
/** Most events in a cookie. */
const MAX_EVENTS = 24;
/** Base64 of a signature. */
const SIGNATURE = 43;
/** Names the layout of the cookie; signed with it. */
const VERSION = 'v1';
const encoder = new TextEncoder();

/** The part of a request that is read: one of `fetch`, or of Node's `http`. */
export interface CookieRequest {
  readonly headers: { get(name: string): string | null } | { readonly cookie?: string | undefined };
}

/** Options of {@link cookieStore}. */
export interface CookieOptions {
  /** Name of the cookie; default `edge-recall`. */
  name?: string | undefined;
  /** Default: the host alone. */
  domain?: string | undefined;
  /** Default `/`. */
  path?: string | undefined;
  /** Default `Lax`. */
  sameSite?: 'Strict' | 'Lax' | 'None' | undefined;
  /** False for tests over plain HTTP. */
  secure?: boolean | undefined;
}

/**
 * Keeps a short profile in a cookie that scripts of the page cannot read: the newest 24 events, as many as 4,093 bytes
 * hold, then hidden items, then the context. It is signed with HMAC-SHA-256; a cookie that was changed, or that another
 * secret signed, counts as none and is told in `stats.problems`. Make one for each request, give it to `load` with consent
 * `granted`, and put what `profile.headers()` gives into the response.
 * @param secret at least 16 characters, known to the server alone
 * @throws TypeError on a short secret, or a name or attributes that are no part of a cookie
 */
export function cookieStore(request: CookieRequest, secret: string, options: CookieOptions = {}): ProfileStore {
  const { name = 'edge-recall', domain, path = '/', sameSite = 'Lax', secure = true } = options;
  if (typeof secret !== 'string' || secret.length < 16) throw new TypeError('cookieStore: a secret has at least 16 characters');
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw new TypeError(`cookieStore: ${name} cannot be the name of a cookie`);
  const attributes = `; Path=${path}${domain ? `; Domain=${domain}` : ''}${secure ? '; Secure' : ''}; HttpOnly; SameSite=${sameSite}`;
  if (!/^[ -~]*$/.test(path + (domain ?? '')) || /[;,]/.test(path + (domain ?? ''))) {
    throw new TypeError('cookieStore: path and domain hold no `;` and no `,`');
  }
  const setCookie = (value: string, seconds: number): string => `${name}=${value}; Max-Age=${seconds}${attributes}`;
  const room = Math.floor(((MAX_BYTES - setCookie(`${VERSION}..`, SECONDS).length - SIGNATURE) * 3) / 4);
  if (room < LEAST_ROOM) throw new TypeError('cookieStore: name, path and domain leave no room');

  const value = new RegExp(`(?:^|;) *${name.replace(/[^\w]/g, '\\$&')}=([^;]*)`).exec(cookies(request))?.[1];
  const [version, text = '', signature = ''] = value?.split('.') ?? [];
  let made: Promise<CryptoKey> | undefined;
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = (): Promise<CryptoKey> =>
    (made ??= crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign', 'verify']));
  // The name too: what one cookie of a site holds must not pass for another.
  const signed = (body: string): BufferSource => encoder.encode(`${name}=${VERSION}.${body}`);
  let kept = text;
  let header: string | undefined;
  return {
    async load() {
      if (value === undefined) return undefined;
      const [bytes, mac] = [fromUrl(text), fromUrl(signature)];
      const holds = version === VERSION && bytes && mac && (await crypto.subtle.verify('HMAC', await key(), mac, signed(text)));
      if (holds) return bytes;
      kept = '';
      throw new EdgeRecallError('bad-profile', `the cookie ${name} was changed, or another secret signed it`);
    },
    async save(bytes) {
      const body = toUrl(brief(bytes, MAX_EVENTS, room));
      if (body === kept) return;
      const mac = new Uint8Array(await crypto.subtle.sign('HMAC', await key(), signed(body)));
      header = setCookie(`${VERSION}.${body}.${toUrl(mac)}`, SECONDS);
      kept = body;
    },
    clear() {
      header = setCookie('', 0);
      kept = '';
    },
    headers: () => (header === undefined ? [] : [['Set-Cookie', header]]),
  };
}

/** The part of a key-value namespace that is used, for example a binding of Workers KV. */
export interface KeyValueLike {
  get(key: string, type: 'arrayBuffer'): Promise<ArrayBuffer | null>;
  put(key: string, value: Uint8Array<ArrayBuffer>, options: { expirationTtl: number }): Promise<void>;
  delete(key: string): Promise<void>;
}

/**
 * Keeps the whole profile under a key of a namespace, which forgets it after 90 days without a change. What is kept in one
 * place of the world may be read in another a minute later; of two writers the last one wins.
 * @param key of the visitor: unguessable, for example out of a signed session
 */
export function kvStore(namespace: KeyValueLike, key: string): ProfileStore {
  if (typeof key !== 'string' || key === '') throw new TypeError('kvStore: a key is a non-empty string');
  return {
    load: async () => {
      const bytes = await namespace.get(key, 'arrayBuffer');
      return bytes && new Uint8Array(bytes);
    },
    save: (bytes) => namespace.put(key, Uint8Array.from(bytes), { expirationTtl: SECONDS }),
    clear: () => namespace.delete(key),
  };
}

function cookies({ headers }: CookieRequest): string {
  const text = 'get' in headers && typeof headers.get === 'function' ? headers.get('cookie') : (headers as { cookie?: string }).cookie;
  return text ?? '';
}

/** Letters that stand for themselves in cookies. */
function toUrl(bytes: Uint8Array): string {
  return encode(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromUrl(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(decode(text.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    return undefined;
  }
}
