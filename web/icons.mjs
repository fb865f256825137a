// The technician's icon, as SVG and drawn into PNG: the last trunks of the wood, and a tick in the clearing's light.
import { deflateSync } from 'node:zlib';

const green = [0x1f, 0x6f, 0x54], white = [255, 255, 255], light = [0xf4, 0xc9, 0x5d];
const trunks = [[14, 16, 14, 48], [22, 23, 22, 48], [30, 32, 30, 48], [12, 50.5, 50, 50.5]], tick = [[37.5, 25.5, 42, 30], [42, 30, 50, 20.5]];
const sun = [43.5, 25, 13];

export function icon_svg() {
  const path = (lines) => lines.map(([a, b, c, d]) => `M${a} ${b}L${c} ${d}`).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="#1f6f54"/><path d="${path(trunks)}" stroke="#fff" stroke-width="5" stroke-linecap="round"/><circle cx="${sun[0]}" cy="${sun[1]}" r="${sun[2]}" fill="#f4c95d"/><path d="M37.500 25.500L42 30L50 20.500" fill="none" stroke="#1f6f54" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/></svg>\n`;
}

const to_line = (x, y, [a, b, c, d]) => {
  const along = Math.max(0, Math.min(1, ((x - a) * (c - a) + (y - b) * (d - b)) / ((c - a) ** 2 + (d - b) ** 2)));
  return Math.hypot(x - a - along * (c - a), y - b - along * (d - b));
};
const to_square = (x, y, corner) => {
  const dx = Math.abs(x - 32) - 32 + corner, dy = Math.abs(y - 32) - 32 + corner;
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - corner;
};

const table = Array.from({ length: 256 }, (_, n) => { for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1; return n >>> 0; });
const crc = (bytes) => (bytes.reduce((sum, b) => table[(sum ^ b) & 255] ^ (sum >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;
function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name), data]), out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length);
  body.copy(out, 4);
  out.writeUInt32BE(crc(body), body.length + 4);
  return out;
}

/** `safe`: full to the edges with its drawing in the middle, for systems that cut icons to a shape of theirs. */
export function icon_png(size, safe) {
  const rows = Buffer.alloc(size * (4 * size + 1)), scale = safe ? 0.72 : 1, pixel = 64 / size / scale;
  for (let row = 0; row < size; row++) for (let column = 0; column < size; column++) {
    const x = 32 + (((column + 0.5) / size) * 64 - 32) / scale, y = 32 + (((row + 0.5) / size) * 64 - 32) / scale;
    const cover = (distance) => Math.max(0, Math.min(1, 0.5 - distance / pixel));
    let colour = green;
    const paint = (over, distance) => { const share = cover(distance); colour = colour.map((c, i) => c + (over[i] - c) * share); };
    paint(white, Math.min(...trunks.map((line) => to_line(x, y, line))) - 2.5);
    paint(light, Math.hypot(x - sun[0], y - sun[1]) - sun[2]);
    paint(green, Math.min(...tick.map((line) => to_line(x, y, line))) - 2);
    const alpha = safe ? 1 : cover(to_square(x, y, 14));
    rows.set([...colour.map(Math.round), Math.round(alpha * 255)], row * (4 * size + 1) + 1 + 4 * column);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', head), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}
