// The item on the Live view. It follows the newest one, but only once its images are there, so that picture and
// verdict change together and nothing blinks; while held, it does not move at all.
import { useEffect, useRef, useState } from 'preact/hooks';
import { image_address } from './api';
import type { Item } from './types';

const patience_ms = 800;
export const live_longest = 1280;

/** Large photographs are asked for smaller on Live; small ones as they are. */
export function live_size(item: Item, camera: string): number | undefined {
  const binary = item.binaries[camera];
  return binary && Math.max(binary.width, binary.height) > live_longest ? live_longest : undefined;
}

async function fetch_images(item: Item): Promise<void> {
  const loads = Object.keys(item.binaries).map((camera) => {
    const image = new Image();
    image.src = image_address(item.id, camera, live_size(item, camera));
    return image.decode().catch(() => undefined);
  });
  await Promise.race([Promise.all(loads), new Promise((done) => setTimeout(done, patience_ms))]);
}

export function useShown(newest: Item | undefined, held: boolean): Item | undefined {
  const [shown, show] = useState<Item | undefined>(undefined);
  const wanted = useRef<Item | undefined>(undefined);
  const busy = useRef(false);
  const alive = useRef(true);
  wanted.current = held ? undefined : newest;

  const follow = async () => {
    if (busy.current) return;
    busy.current = true;
    let last: Item | undefined;
    while (alive.current && wanted.current && wanted.current.id !== last?.id) {
      last = wanted.current;
      await fetch_images(last);
      if (alive.current && wanted.current) show(last);
    }
    busy.current = false;
  };
  useEffect(() => {
    if (newest && !held) void follow();
    if (!newest) show(undefined);
  }, [newest?.id, held]);
  useEffect(() => {
    alive.current = true;
    return () => {
      alive.current = false;
    };
  }, []);
  return shown ?? newest;
}
