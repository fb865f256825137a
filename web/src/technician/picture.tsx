// Pictures: shown from this phone or the station, taken and made small, drawn as a signature. Kept here until they are up.
import { useEffect, useState } from 'preact/hooks';
import { hex, type Bytes } from '../proof/bytes';
import { sha256 } from '../proof/sha256';
import { picture_address } from './state';
import type { Picture as Kept } from './store';

const longest = 1600, quality = 0.82;

export function Picture({ digest, alt }: { digest: string; alt: string }) {
  const [address, set_address] = useState('');
  useEffect(() => { void picture_address(digest).then(set_address); }, [digest]);
  return address ? <img src={address} alt={alt} /> : <span class="picture-soon" />;
}

const blob_of = (canvas: HTMLCanvasElement, type: string): Promise<Blob | null> => new Promise((resolve) => { canvas.toBlob(resolve, type, quality); });

async function kept(order: string, canvas: HTMLCanvasElement, type: string): Promise<Kept | null> {
  const blob = await blob_of(canvas, type);
  if (!blob) return null;
  const bytes = await blob.arrayBuffer();
  return { digest: hex(await sha256(new Uint8Array(bytes) as Bytes)), order, bytes, type, uploaded: false };
}

/** A photo no larger than the station needs, upright, without the place and the camera that its file may tell of. Null for what is no picture. */
export async function small_photo(order: string, file: Blob): Promise<Kept | null> {
  const image = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch(() => null);
  if (!image) return null;
  const scale = Math.min(1, longest / Math.max(image.width, image.height)), canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  return kept(order, canvas, 'image/jpeg');
}

export const drawn_signature = (order: string, canvas: HTMLCanvasElement): Promise<Kept | null> => kept(order, canvas, 'image/png');
