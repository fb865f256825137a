// Bundles the pages into dist/: index.html, assets/app.js, assets/app.css and the static files.
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const here = new URL('.', import.meta.url).pathname;
const dist = `${here}dist`;
rmSync(dist, { recursive: true, force: true });
mkdirSync(`${dist}/assets`, { recursive: true });

await build({
  entryPoints: { app: `${here}src/main.tsx`, theme: `${here}src/theme_early.ts` },
  outdir: `${dist}/assets`,
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['es2022', 'chrome105', 'firefox110', 'safari16'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
});
cpSync(`${here}static/index.html`, `${dist}/index.html`);
cpSync(`${here}static/icon.svg`, `${dist}/assets/icon.svg`);
cpSync(`${here}static/manifest.webmanifest`, `${dist}/assets/manifest.webmanifest`);

let total = 0;
for (const name of ['app.js', 'app.css', 'theme.js']) {
  const bytes = readFileSync(`${dist}/assets/${name}`);
  const packed = gzipSync(bytes, { level: 9 }).length;
  total += packed;
  console.log(`${name.padEnd(10)} ${(bytes.length / 1024).toFixed(1).padStart(7)} kB ${(packed / 1024).toFixed(1).padStart(6)} kB gzip`);
}
console.log(`in all     ${(total / 1024).toFixed(1).padStart(14)} kB gzip`);
