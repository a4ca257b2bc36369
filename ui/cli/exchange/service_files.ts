/**
 * Files that have a machine run the server: a systemd unit, a supervisord configuration with log rotation, a launchd
 * property list. Each starts the program on one image, starts it again after a crash, and gives it time to close the
 * image when it is stopped. Pure.
 */

export interface ServiceOptions {
  /** The program and its own arguments, before the command: all absolute. */
  readonly program: readonly string[];
  /** Absolute. */
  readonly image: string;
  readonly host: string;
  readonly port: number;
  /** Where logs go; absolute. */
  readonly logs: string;
  /** Variables that the program is to see. */
  readonly environment: Readonly<Record<string, string>>;
  /** The account that it runs under. */
  readonly user: string | null;
}

export interface ServiceFile {
  readonly name: string;
  readonly text: string;
}

/** What the server may take to close the image; stopping is waited for so long. */
const STOP_SECONDS = 30;
const LOG_BYTES = "10MB";
const LOGS_KEPT = 5;

export function serviceFiles(options: ServiceOptions): ServiceFile[] {
  return [
    { name: "telos.service", text: systemdUnit(options) },
    { name: "telos.supervisord.conf", text: supervisordConf(options) },
    { name: "org.telos.image.plist", text: launchdPlist(options) },
  ];
}

function commandOf({ program, image, host, port }: ServiceOptions): string[] {
  return [...program, "start", "--image", image, "--host", host, "--port", String(port)];
}

/** With an account: for the machine, more of which is closed to it. Without: for whoever loads it. */
function systemdUnit(options: ServiceOptions): string {
  const { image, environment, user } = options;
  const variables = Object.entries(environment).map(([name, value]) =>
    `Environment=${systemdWord(`${name}=${value}`)}`
  );
  return lines(
    user === null
      ? "# Copy to ~/.config/systemd/user, then systemctl --user enable --now telos"
      : "# Copy to /etc/systemd/system, then systemctl enable --now telos",
    "[Unit]",
    `Description=${percent(`TelOS, the living image in ${image}`)}`,
    "After=network.target",
    "StartLimitIntervalSec=60",
    "StartLimitBurst=10",
    "",
    "[Service]",
    "Type=exec",
    ...(user === null ? [] : [`User=${user}`]),
    `ExecStart=${commandOf(options).map(systemdWord).join(" ")}`,
    ...variables,
    "Restart=on-failure",
    "RestartSec=1",
    "KillSignal=SIGTERM",
    "KillMode=mixed",
    `TimeoutStopSec=${STOP_SECONDS}`,
    "UMask=0077",
    "NoNewPrivileges=yes",
    "RestrictSUIDSGID=yes",
    "RestrictRealtime=yes",
    "LockPersonality=yes",
    ...(user === null ? [] : [
      "PrivateTmp=yes",
      "ProtectSystem=full",
      "ProtectKernelTunables=yes",
      "ProtectKernelModules=yes",
      "ProtectControlGroups=yes",
    ]),
    "",
    "[Install]",
    `WantedBy=${user === null ? "default" : "multi-user"}.target`,
  );
}

/** A quoted word of a unit file, in which `%` and `$` stand for nothing but themselves. */
function systemdWord(text: string): string {
  const escaped = percent(text).replace(/[\\"]/g, "\\$&").replaceAll("$", "$$$$");
  return `"${escaped}"`;
}

function percent(text: string): string {
  return text.replaceAll("%", "%%");
}

function supervisordConf(options: ServiceOptions): string {
  const { logs, environment, user } = options;
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${supervisorWord(value)}`)
    .join(",");
  return lines(
    `; Whole: supervisord -c this file. In a supervisord that is there: its section [program:telos] alone.`,
    "[supervisord]",
    `logfile=${percent(`${logs}/supervisord.log`)}`,
    `logfile_maxbytes=${LOG_BYTES}`,
    `logfile_backups=${LOGS_KEPT}`,
    `pidfile=${percent(`${logs}/supervisord.pid`)}`,
    "umask=077",
    "",
    "[unix_http_server]",
    `file=${percent(`${logs}/supervisor.sock`)}`,
    "chmod=0700",
    "",
    "[rpcinterface:supervisor]",
    "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
    "",
    "[supervisorctl]",
    `serverurl=unix://${percent(`${logs}/supervisor.sock`)}`,
    "",
    "[program:telos]",
    `command=${commandOf(options).map(supervisorWord).join(" ")}`,
    ...(variables === "" ? [] : [`environment=${variables}`]),
    ...(user === null ? [] : [`user=${user}`]),
    "autostart=true",
    "autorestart=unexpected",
    "startsecs=2",
    "startretries=10",
    "stopsignal=TERM",
    `stopwaitsecs=${STOP_SECONDS}`,
    "killasgroup=true",
    `stdout_logfile=${percent(`${logs}/telos.log`)}`,
    `stdout_logfile_maxbytes=${LOG_BYTES}`,
    `stdout_logfile_backups=${LOGS_KEPT}`,
    `stderr_logfile=${percent(`${logs}/telos.err.log`)}`,
    `stderr_logfile_maxbytes=${LOG_BYTES}`,
    `stderr_logfile_backups=${LOGS_KEPT}`,
  );
}

/** A word that supervisord reads as a shell would, after it has expanded `%`. */
function supervisorWord(text: string): string {
  return `"${percent(text).replace(/[\\"]/g, "\\$&")}"`;
}

function launchdPlist(options: ServiceOptions): string {
  const { logs, environment } = options;
  const text = (value: string) => `<string>${xml(value)}</string>`;
  const variables = Object.entries(environment).flatMap(([name, value]) => [
    `    <key>${xml(name)}</key>`,
    `    ${text(value)}`,
  ]);
  return lines(
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    "<!-- Copy to ~/Library/LaunchAgents, then launchctl load -w it. -->",
    '<plist version="1.0">',
    "<dict>",
    `  <key>Label</key>`,
    "  <string>org.telos.image</string>",
    "  <key>ProgramArguments</key>",
    "  <array>",
    ...commandOf(options).map((word) => `    ${text(word)}`),
    "  </array>",
    ...(variables.length === 0
      ? []
      : ["  <key>EnvironmentVariables</key>", "  <dict>", ...variables, "  </dict>"]),
    "  <key>RunAtLoad</key>",
    "  <true/>",
    "  <key>KeepAlive</key>",
    "  <dict>",
    "    <key>SuccessfulExit</key>",
    "    <false/>",
    "  </dict>",
    "  <key>ThrottleInterval</key>",
    "  <integer>1</integer>",
    "  <key>ExitTimeOut</key>",
    `  <integer>${STOP_SECONDS}</integer>`,
    "  <key>Umask</key>",
    "  <integer>63</integer>",
    "  <key>StandardOutPath</key>",
    `  ${text(`${logs}/telos.log`)}`,
    "  <key>StandardErrorPath</key>",
    `  ${text(`${logs}/telos.err.log`)}`,
    "</dict>",
    "</plist>",
  );
}

function xml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function lines(...all: string[]): string {
  return `${all.join("\n")}\n`;
}
