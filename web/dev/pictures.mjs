// The mock station's pictures: drawn plastic ducks, and photographs from the shared data where present.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { random_source } from './random.mjs';

const shared = process.env.OREE_SHARED_DATA ?? new URL('../../../shared/data', import.meta.url).pathname;

function files(folder, ending) {
  const path = join(shared, folder);
  return existsSync(path) ? readdirSync(path).filter((f) => f.endsWith(ending)).map((f) => join(path, f)) : [];
}

export const fruit_files = files('grocery/eval', '.jpg');
export const board_files = files('deeppcb', '_test.jpg');
export const photo_files = files('coral-photos', '.jpg');

export const board_defects = ['open', 'short', 'mousebite', 'spur', 'spurious copper', 'pin-hole'];

/** The defects drawn on one board: [{box: [l, t, r, b], label}]. */
export function boxes_of_board(file) {
  const text = readFileSync(file.replace('_test.jpg', '.txt'), 'utf8');
  return text.trim().split('\n').map((line) => {
    const [l, t, r, b, type] = line.trim().split(/\s+/).map(Number);
    return { box: [l, t, r, b], label: board_defects[type - 1] ?? 'other' };
  });
}

/** One plastic duck on a belt, 640×480; `defect` is '', 'scratch' or 'no beak'. */
export function duck(seed, defect, side = false) {
  const r = random_source(seed);
  const x = 320 + r.between(-40, 40), y = 262 + r.between(-16, 16);
  const turn = r.between(-9, 9), flip = side ? -1 : 1, hue = r.between(44, 52);
  const body = `hsl(${hue} 92% 56%)`, shade = `hsl(${hue - 8} 86% 44%)`;
  const rollers = Array.from({ length: 12 }, (_, i) => `<rect x="${i * 56 - 8}" y="-10" width="26" height="500" fill="#0003"/>`);
  const beak = defect === 'no beak' ? '' : '<path d="M150 -78 q48 -6 58 14 q-18 22 -62 14z" fill="#e8731a"/>';
  const scratch = defect === 'scratch'
    ? `<path d="M-80 ${r.between(10, 40)} q40 -26 ${r.between(70, 110)} -8 t60 ${r.between(-20, 20)}" stroke="#6b4b08" stroke-width="6" fill="none" stroke-linecap="round"/>`
    : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480" viewBox="0 0 640 480">
<defs><radialGradient id="l" cx=".42" cy=".3" r=".8"><stop offset="0" stop-color="#c9ced3"/><stop offset="1" stop-color="#7b838b"/></radialGradient>
<radialGradient id="b" cx=".4" cy=".25" r=".8"><stop offset="0" stop-color="hsl(${hue + 4} 100% 74%)"/><stop offset=".6" stop-color="${body}"/><stop offset="1" stop-color="${shade}"/></radialGradient></defs>
<rect width="640" height="480" fill="url(#l)"/>${rollers.join('')}
<ellipse cx="${x}" cy="${y + 118}" rx="190" ry="24" fill="#0004"/>
<g transform="translate(${x} ${y}) rotate(${turn}) scale(${flip} 1)">
<path d="M-190 -30 q20 40 70 20 q60 -30 130 -10 q-40 -50 -20 -100 q24 -60 90 -56 q76 6 80 76 q2 40 -28 66 q50 40 30 100 q-24 60 -150 56 q-170 -4 -202 -152z" fill="url(#b)"/>
<path d="M-90 30 q50 -30 120 0 q-10 60 -70 58 q-46 -4 -50 -58z" fill="${shade}" opacity=".55"/>
${beak}<circle cx="98" cy="-104" r="15" fill="#fff"/><circle cx="102" cy="-104" r="9" fill="#17181b"/>${scratch}</g></svg>`;
}
