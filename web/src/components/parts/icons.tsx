import type { ReactNode } from "react";

/** Icons of 20 by 20, drawn in the colour of the text around. What they mean is said by their buttons. */
function icon(drawing: ReactNode): () => ReactNode {
  return function Icon() {
    return (
      <svg
        className="ssio-icon"
        viewBox="0 0 20 20"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        {drawing}
      </svg>
    );
  };
}

export const SendIcon = icon(<path d="M10 16V4.5M5 9l5-5 5 5" />);
export const StopIcon = icon(
  <rect x="5.5" y="5.5" width="9" height="9" rx="1.6" fill="currentColor" stroke="none" />,
);
export const DownIcon = icon(<path d="M10 4v11.5M5 11l5 5 5-5" />);
export const CopyIcon = icon(
  <>
    <rect x="7" y="7" width="9.5" height="9.5" rx="2" />
    <path d="M4.5 12.5A1.6 1.6 0 0 1 3.5 11V5A1.5 1.5 0 0 1 5 3.5h6a1.6 1.6 0 0 1 1.5 1" />
  </>,
);
export const CheckIcon = icon(<path d="m4.5 10.5 3.6 3.6 7.4-8" />);
export const ClockIcon = icon(
  <>
    <circle cx="10" cy="10" r="6.8" />
    <path d="M10 6.4V10l2.4 1.6" />
  </>,
);
export const AlertIcon = icon(
  <>
    <circle cx="10" cy="10" r="6.8" />
    <path d="M10 6.6v4M10 13.3v.1" />
  </>,
);
export const RetryIcon = icon(<path d="M16 10a6 6 0 1 1-1.9-4.4M16 3.5V7h-3.5" />);
export const HeartIcon = icon(
  <path d="M10 16.2S3.6 12.6 3.6 8.1A3.4 3.4 0 0 1 10 6.4a3.4 3.4 0 0 1 6.4 1.7c0 4.5-6.4 8.1-6.4 8.1Z" />,
);
export const BellIcon = icon(
  <path d="M5.5 8.5a4.5 4.5 0 0 1 9 0c0 4 1.7 4.8 1.7 5.2H3.8c0-.4 1.7-1.2 1.7-5.2ZM8.3 16.3a1.8 1.8 0 0 0 3.4 0" />,
);
export const CloseIcon = icon(<path d="m5.5 5.5 9 9m0-9-9 9" />);
export const WindowIcon = icon(
  <>
    <rect x="3.2" y="4.2" width="13.6" height="11.6" rx="2" />
    <path d="M10 4.2v11.6" />
  </>,
);
export const PulseIcon = icon(<path d="M2.8 10.5h3.4l2-5.5 3.6 10 2-4.5h3.4" />);
export const PreviousIcon = icon(<path d="m12 5-5 5 5 5" />);
export const NextIcon = icon(<path d="m8 5 5 5-5 5" />);
export const MenuIcon = icon(<path d="M3.5 6h13M3.5 10h13M3.5 14h13" />);
export const PersonIcon = icon(
  <>
    <circle cx="10" cy="6.8" r="3.2" />
    <path d="M3.8 16.6c.7-3 3.2-4.8 6.2-4.8s5.5 1.8 6.2 4.8" />
  </>,
);
export const KeyIcon = icon(
  <>
    <circle cx="7" cy="12.6" r="3.4" />
    <path d="m9.5 10.2 6.3-6.2m-2.6 2.6 2 2" />
  </>,
);
