// The line icons of the frame and of buttons, drawn on a 24-pixel grid.
const drawings = {
  live: 'M12 9a3 3 0 1 1 0 6a3 3 0 0 1 0-6M6.300 6.300a8 8 0 0 0 0 11.400M17.700 6.300a8 8 0 0 1 0 11.400',
  history: 'M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4zM13 13h7v6h-7z',
  station: 'M3 13h4l2.500-7l4 13l2.500-6h5',
  api: 'M8 5c-4 0-1 6-4 7c3 1 0 7 4 7M16 5c4 0 1 6 4 7c-3 1 0 7-4 7',
  machines: 'M4 20h8M8 20v-5M5 15h6v-4H5zM8 11V8l5-4l5 4M18 8v3M16 14v-1.500a2 2 0 0 1 4 0V14',
  messages: 'M4 6h16v11H9l-5 4zM8 10h8M8 13.500h5',
  jobs: 'M4 6h9M4 12h5M4 18h9M17 9.500l3.500 2.500l-3.500 2.500z',
  orders: 'M6 4h12v17H6zM9.500 3h5v3h-5zM9 12l2 2l4-4.500M9 17.500h6',
  ledger: 'M12 3v5M12 8H6v4M12 8h6v4M3.500 12h5v4h-5zM15.500 12h5v4h-5zM6 16v4M18 16v4',
  authorities: 'M12 3l8 3v5.500c0 4.500-3.300 8-8 9.500c-4.700-1.500-8-5-8-9.500V6zM8.500 12l2.500 2.500l4.500-5',
  deliveries: 'M4 12l16-7l-4 15l-4.500-5.500zM20 5l-8.500 9.500',
  alerts: 'M6 17v-6a6 6 0 0 1 12 0v6M4 17h16M10.500 20.500h3',
  quiet: 'M6 17v-6a6 6 0 0 1 9.500-4.900M18 11v6M4 17h16M10.500 20.500h3M4 4l16 16',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  system: 'M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16',
  light: 'M12 8a4 4 0 1 1 0 8a4 4 0 0 1 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.400 1.400M17.600 17.600L19 19M19 5l-1.400 1.400M6.400 17.600L5 19',
  dark: 'M20 14.500A8 8 0 0 1 9.500 4a8 8 0 1 0 10.500 10.500z',
  pause: 'M9 6v12M15 6v12',
  play: 'M8 5.500l10 6.500l-10 6.500z',
  trigger: 'M4 8V5h3M17 5h3v3M20 16v3h-3M7 19H4v-3M12 9.500a2.500 2.500 0 1 1 0 5a2.500 2.500 0 0 1 0-5',
  left: 'M14.500 5.500L8 12l6.500 6.500',
  right: 'M9.500 5.500L16 12l-6.500 6.500',
  down: 'M6 9.500l6 6l6-6',
  download: 'M12 4v11M7 10.500l5 5l5-5M4 20h16',
  copy: 'M9 9h10v11H9zM15 9V4H5v11h4',
  print: 'M7 8V3h10v5M7 17H4V8h16v9h-3M7 14h10v7H7z',
  close: 'M6 6l12 12M18 6L6 18',
  expand: 'M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7',
} as const;
export type IconName = keyof typeof drawings;

export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <path d={drawings[name]} fill={name === 'play' ? 'currentColor' : 'none'} stroke="currentColor" stroke-width={name === 'more' ? 3 : 1.75} stroke-linecap="round" stroke-linejoin="round" />
      {name === 'system' && <path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor" />}
    </svg>
  );
}

/** Orée's mark: the last trunks of the wood, and the clearing's light. */
export function Mark({ size = 32 }: { size?: number }) {
  return (
    <svg viewBox="0 0 64 64" width={size} height={size} aria-hidden="true">
      <rect width="64" height="64" rx="14" fill="#1f6f54" />
      <path d="M16 16v32M25.500 22.500v26M34 31v18M14 50.500h36" stroke="#fff" stroke-width="5" stroke-linecap="round" />
      <circle cx="45" cy="25" r="7" fill="#f4c95d" />
    </svg>
  );
}
