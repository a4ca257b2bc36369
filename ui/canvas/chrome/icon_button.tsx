/** A button that shows an icon and has its words, and its key, as label and tooltip. */
import { Icon, type IconName } from "./icon.tsx";

export interface IconButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly shortcut?: string;
  readonly onClick: () => void;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly danger?: boolean;
  readonly class?: string;
}

export function IconButton(props: IconButtonProps) {
  const { icon, label, shortcut, onClick, pressed, disabled = false, danger = false } = props;
  return (
    <button
      type="button"
      class={`icon-button${danger ? " danger" : ""} ${props.class ?? ""}`}
      aria-label={label}
      title={shortcut === undefined ? label : `${label}  (${shortcut})`}
      {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
