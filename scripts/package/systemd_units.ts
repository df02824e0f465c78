/**
 * Units for systemd: servers as templates, one instance per configuration; proxies and jubavisor as they are. All run as
 * the user jubatus, which the file for systemd-sysusers makes, and may write below /var/lib/jubatus and /var/log/jubatus
 * only.
 *
 * @module
 */
import type { Role } from "../roles.ts";

/** Where `bin/` of the package is unpacked to. */
const PREFIX = "/usr/local";

/** Name and text of the unit of one program; undefined for tools. */
export function systemdUnit(role: Role): { name: string; text: string } | undefined {
  switch (role.permissions) {
    case "server":
      return {
        name: `${role.name}@.service`,
        text: unit(role.name, {
          description: `Jubatus server ${role.name}, instance %i`,
          about: `
# An instance NAME is configured by /etc/jubatus/NAME.json, or in a cluster by its options. Options stand in
# /etc/jubatus/NAME.env:
#   JUBATUS_OPTIONS=--configpath /etc/jubatus/NAME.json --rpc-port 9200
#   JUBATUS_OPTIONS=--zookeeper 10.0.0.1:2181,10.0.0.2:2181 --name shogun`,
          environment: "/etc/jubatus/%i",
          options: "--configpath /etc/jubatus/%i.json",
          fixed: "--datadir /var/lib/jubatus",
        }),
      };
    case "proxy":
      return {
        name: `${role.name}.service`,
        text: unit(role.name, {
          description: `Jubatus proxy ${role.name}`,
          about: `
# Options stand in /etc/jubatus/${role.name}.env:
#   JUBATUS_OPTIONS=--zookeeper 10.0.0.1:2181,10.0.0.2:2181 --rpc-port 9299`,
          environment: `/etc/jubatus/${role.name}`,
          options: "--zookeeper localhost:2181",
          fixed: "",
        }),
      };
    case "jubavisor":
      return {
        name: `${role.name}.service`,
        text: unit(role.name, {
          description: "Jubatus supervisor, starts and stops servers when jubactl asks for it",
          about: `
# Options stand in /etc/jubatus/jubavisor.env:
#   JUBATUS_OPTIONS=--zookeeper 10.0.0.1:2181,10.0.0.2:2181
# Its servers run within this unit's limits: start them with jubactl --datadir /var/lib/jubatus.`,
          environment: `/etc/jubatus/${role.name}`,
          options: "--zookeeper localhost:2181",
          fixed: "--logdir /var/log/jubatus",
          // It waits so long for its servers to end.
          stopSec: 70,
        }),
      };
    default:
      return undefined;
  }
}

/** For `lib/sysusers.d/jubatus.conf`. */
export const sysusers = 'u jubatus - "Jubatus" /var/lib/jubatus\n';

/** What differs from unit to unit. */
interface UnitParts {
  readonly description: string;
  readonly about: string;
  /** Path of the file with options, without ".env". */
  readonly environment: string;
  /** Options unless that file has others. */
  readonly options: string;
  /** Options in any case. */
  readonly fixed: string;
  readonly stopSec?: number;
}

function unit(program: string, parts: UnitParts): string {
  const command = [`${PREFIX}/bin/${program}`, parts.fixed, "$JUBATUS_OPTIONS"].filter((word) => word !== "").join(" ");
  return `# ${parts.description}.${parts.about}
[Unit]
Description=${parts.description}
Documentation=man:${program}(1)
Wants=network-online.target
After=network-online.target

[Service]
Environment="JUBATUS_OPTIONS=${parts.options}"
EnvironmentFile=-${parts.environment}.env
ExecStart=${command}
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=2
TimeoutStopSec=${parts.stopSec ?? 30}
LimitNOFILE=65536

User=jubatus
Group=jubatus
UMask=0027
StateDirectory=jubatus
LogsDirectory=jubatus
WorkingDirectory=/var/lib/jubatus

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service @pkey
SystemCallErrorNumber=EPERM
# Not MemoryDenyWriteExecute: the runtime compiles what it runs.

[Install]
WantedBy=multi-user.target
`;
}
