/** The line icons of the window, drawn in the colour of the text around them. */
const PATHS = {
  talk: "M4 5.5h16v11H9l-4 3.5v-3.5H4z",
  memory:
    "M12 4c4 0 7 1.3 7 3s-3 3-7 3-7-1.3-7-3 3-3 7-3zM5 7v5c0 1.7 3 3 7 3s7-1.3 7-3V7M5 12v5c0 1.7 3 3 7 3s7-1.3 7-3v-5",
  timeline: "M12 7v5l3.5 2M12 3.5a8.5 8.5 0 1 1-8 5.6M4 4v5h5",
  objects: "M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4zM13 13h7v6h-7z",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 20 20",
  undo: "M9 6 4.5 10.5 9 15M5 10.5h9a5 5 0 0 1 0 10h-3",
  redo: "M15 6l4.5 4.5L15 15M19 10.5h-9a5 5 0 0 0 0 10h3",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  sun:
    "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  auto: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 3.5v17M12 8h4.5M12 12h8M12 16h4.5",
  help:
    "M9 9.5a3 3 0 1 1 4.2 2.8c-.8.4-1.2 1-1.2 1.9M12 17.4v.1M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z",
  links: "M4 4h6v6H4zM14 14h6v6h-6zM10 7h4a3 3 0 0 1 3 3v4",
  close: "M6 6l12 12M18 6 6 18",
  inspect: "M4 6h9M4 12h16M4 18h6M16 4v4M13 16v4",
  clone: "M8 8h12v12H8zM16 8V4H4v12h4",
  extend: "M12 4v9M8 8l4-4 4 4M5 15v5h14v-5",
  send: "M4 12 20 4l-6 16-3-7z",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  stop: "M7 7h10v10H7z",
  check: "M5 12.5l4.5 4.5L19 7.5",
  warning: "M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.1",
  pencil: "M4 20l1-4L16.5 4.5l3 3L8 19zM14 7l3 3",
  chevron: "M9 6l6 6-6 6",
  older: "M15 6l-6 6 6 6",
  down: "M6 9l6 6 6-6",
  pin: "M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11zM12 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  download: "M12 4v11M7.5 11 12 15.5 16.5 11M5 20h14",
  branch: "M7 4v16M7 15c0-4 10-2 10-7M17 4a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM7 2.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  prompt: "M5 4h14v16H5zM8.5 9h7M8.5 12.5h7M8.5 16h4",
  again: "M19 12a7 7 0 1 1-2.2-5.1L20 9.5M20 4v5.5h-5.5",
  several:
    "M8.5 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM3 19c0-3 2.4-5 5.5-5s5.5 2 5.5 5M15.5 5.3a3 3 0 0 1 0 5.4M17 14.3c2.4.6 4 2.3 4 4.7",
  command:
    "M8 8h8v8H8zM8 8H6a2 2 0 1 1 2-2zM16 8V6a2 2 0 1 1 2 2zM16 16h2a2 2 0 1 1-2 2zM8 16v2a2 2 0 1 1-2-2z",
  dot: "M12 10a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
} as const;

export type IconName = keyof typeof PATHS;

/** Says nothing to a screen reader: what it stands on has the words. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
