// Bundles the pages into dist/: index.html with assets/app.js and the scripts it loads when a page is opened, and the
// technician's app in technician/, which keeps all its files on the phone, the Optimise page in optimise/, the hub's in fleet/ and the model server's in models/.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { icon_png, icon_svg } from './icons.mjs';

const here = new URL('.', import.meta.url).pathname, dist = `${here}dist`, phone = `${dist}/technician`;
/** What a page may weigh when it is opened for the first time, in kB after gzip. */
const budgets = { station: 90, technician: 48, optimise: 20, fleet: 20, models: 40 };
rmSync(dist, { recursive: true, force: true });
for (const folder of [`${dist}/assets`, phone]) mkdirSync(folder, { recursive: true });

const shared = {
  bundle: true, minify: true, charset: 'utf8', legalComments: 'none', logLevel: 'warning', metafile: true,
  target: ['es2022', 'chrome105', 'firefox110', 'safari16'], jsx: 'automatic', jsxImportSource: 'preact',
};
const station = await build({
  ...shared, outdir: `${dist}/assets`, format: 'esm', splitting: true, chunkNames: '[name]-[hash]',
  entryPoints: { app: `${here}src/main.tsx`, maintenance: `${here}src/style/maintenance.css`, plumbing: `${here}src/style/plumbing.css` },
});
await build({ ...shared, outdir: `${dist}/assets`, format: 'iife', entryPoints: { theme: `${here}src/theme_early.ts` } });
cpSync(`${here}static/icon.svg`, `${dist}/assets/icon.svg`);
cpSync(`${here}static/manifest.webmanifest`, `${dist}/assets/manifest.webmanifest`);

await build({ ...shared, outdir: `${dist}/optimise`, format: 'iife', entryPoints: { app: `${here}src/workshop/main.tsx` } });
cpSync(`${here}static/optimise`, `${dist}/optimise`, { recursive: true });

await build({ ...shared, outdir: `${dist}/fleet`, format: 'iife', entryPoints: { app: `${here}src/fleet/main.tsx` } });
cpSync(`${here}static/fleet`, `${dist}/fleet`, { recursive: true });

await build({ ...shared, outdir: `${dist}/models`, format: 'iife', entryPoints: { app: `${here}src/models/main.tsx` } });
cpSync(`${here}static/models`, `${dist}/models`, { recursive: true });

await build({ ...shared, outdir: phone, format: 'iife', entryPoints: { app: `${here}src/technician/main.tsx` } });
cpSync(`${here}static/technician`, phone, { recursive: true });
cpSync(`${dist}/assets/theme.js`, `${phone}/theme.js`);
writeFileSync(`${phone}/icon.svg`, icon_svg());
for (const [name, size, safe] of [['icon-180', 180, false], ['icon-192', 192, false], ['icon-512', 512, false], ['icon-512-maskable', 512, true]]) writeFileSync(`${phone}/${name}.png`, icon_png(size, safe));
const kept = ['index.html', 'app.js', 'app.css', 'theme.js', 'icon.svg', 'icon-192.png', 'manifest.webmanifest'];
const version = kept.reduce((hash, name) => hash.update(readFileSync(`${phone}/${name}`)), createHash('sha256')).digest('hex').slice(0, 16);
await build({ ...shared, outfile: `${phone}/sw.js`, format: 'iife', entryPoints: [`${here}src/technician/sw.ts`], define: { VERSION: JSON.stringify(version), FILES: JSON.stringify(kept.map((name) => (name === 'index.html' ? './' : name))) } });

/** The scripts that the browser fetches with the first one. */
function first_scripts({ outputs }, entry) {
  const found = new Set();
  const visit = (path) => {
    if (found.has(path)) return;
    found.add(path);
    for (const one of outputs[path].imports) if (one.kind === 'import-statement') visit(one.path);
  };
  visit(Object.keys(outputs).find((path) => path.endsWith(entry)));
  return [...found].map((path) => path.split('/').at(-1));
}
const packed = (path) => gzipSync(readFileSync(path), { level: 9 }).length / 1024;
function say(what, folder, names, budget) {
  const sizes = names.map((name) => [name, packed(`${folder}/${name}`)]), all = sizes.reduce((sum, [, size]) => sum + size, 0);
  for (const [name, size] of sizes) console.log(`  ${name.padEnd(28)} ${size.toFixed(1).padStart(6)} kB gzip`);
  console.log(`${what.padEnd(30)} ${all.toFixed(1).padStart(6)} kB gzip${budget ? ` of ${budget}` : ''}`);
  if (budget && all > budget) {
    console.error(`${what} is over its budget of ${budget} kB`);
    process.exitCode = 1;
  }
}
const first = first_scripts(station.metafile, '/assets/app.js');
const ahead = first.filter((name) => name !== 'app.js').map((name) => `<link rel="modulepreload" href="/assets/${name}">\n`).join('');
writeFileSync(`${dist}/index.html`, readFileSync(`${here}static/index.html`, 'utf8').replace('</head>', `${ahead}</head>`));
const later = Object.keys(station.metafile.outputs).map((path) => path.split('/').at(-1)).filter((name) => !first.includes(name) && name !== 'app.css');
say('station, first load', `${dist}/assets`, [...first, 'app.css', 'theme.js'], budgets.station);
say('station, when opened', `${dist}/assets`, later);
say('technician, first load', phone, ['index.html', 'app.js', 'app.css', 'theme.js'], budgets.technician);
say('optimise', `${dist}/optimise`, ['index.html', 'app.js', 'app.css'], budgets.optimise);
say('fleet', `${dist}/fleet`, ['index.html', 'app.js', 'app.css'], budgets.fleet);
say('models', `${dist}/models`, ['index.html', 'app.js', 'app.css'], budgets.models);
