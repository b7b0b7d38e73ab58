// Headless Chromium with a profile of its own, gone when it is closed. CHROME names the program.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const QUIET = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** @returns {Promise<{ context: import('playwright-core').BrowserContext, close: () => Promise<void> }>} */
export async function launch() {
  const executablePath = process.env.CHROME;
  if (!executablePath) throw new Error('CHROME must name a Chromium; `cargo xtask` sets it');
  const profile = await mkdtemp(join(tmpdir(), 'edge-recall-chromium-'));
  // Chromium's sandbox refuses to run as root, which is what containers do.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const remove = () => rm(profile, { recursive: true, force: true, maxRetries: 5 });
  try {
    const context = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args: [...QUIET, ...sandbox] });
    const close = async () => {
      await context.close();
      await remove();
    };
    return { context, close };
  } catch (error) {
    await remove();
    throw error;
  }
}
