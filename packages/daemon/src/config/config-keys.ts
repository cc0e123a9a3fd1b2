import { defaultSettings } from "./settings.ts";

/** A key that the configuration may have. */
export interface ConfigKey {
  /** Its names with dots between; `NAME` stands for one that the user chooses. */
  readonly key: string;
  readonly means: string;
  /** What holds where it is not given; absent where that is nothing. */
  readonly fallback?: TomlValue;
  /** What the default is, in words, where a value does not say it. */
  readonly fallbackWords?: string;
  /** What it may look like, where there is no default to show. */
  readonly example?: TomlValue;
  /** Whether SIGHUP brings a change of it into force, or of what is in the file that it names. Default: neither. */
  readonly reload?: "value" | "file";
  /** The flag that wins over it, and the variable that wins over the file. */
  readonly flag?: string;
  readonly environment?: string;
}

/** A value of TOML as far as keys have them. */
export type TomlValue = string | number | boolean | readonly string[];

const plugin = (kind: string, name: string, what: string): readonly ConfigKey[] => [
  { key: `${kind}.NAME.module`, means: `a module that exports ${what}`, example: `./${name}.js` },
  { key: `${kind}.NAME.address`, means: `or a process that serves ${what}`, example: `unix:///run/${name}.sock` },
  {
    key: `${kind}.NAME.options`,
    means: `table of what ${what} gets; it checks them by itself`,
    fallbackWords: "empty",
  },
];

/** All keys, in the order in which they are told. */
export const configKeys: readonly ConfigKey[] = [
  { key: "version", means: "of this format; must be there if there is a file", example: 1 },
  {
    key: "root",
    means: "directory of what survives a reboot; mode 0700",
    fallback: defaultSettings.root,
    ...{ flag: "--root", environment: "GANTRY_ROOT" },
  },
  {
    key: "state",
    means: "directory of what does not; mode 0711",
    fallback: defaultSettings.state,
    ...{ flag: "--state", environment: "GANTRY_STATE" },
  },
  {
    key: "log_level",
    means: "how much to log: trace, debug, info, warn, error, fatal or silent",
    fallback: defaultSettings.logLevel,
    reload: "value",
    ...{ flag: "--log-level", environment: "GANTRY_LOG_LEVEL" },
  },
  {
    key: "listen.address",
    means: "where to listen",
    example: "unix:///run/gantry/gantry.sock",
    fallbackWords: "`unix://STATE/gantry.sock`",
    ...{ flag: "--address", environment: "GANTRY_ADDRESS" },
  },
  {
    key: "listen.allowed_origins",
    means: "origins of web pages that may call",
    fallback: [],
    reload: "value",
  },
  {
    key: "listen.tcp.address",
    means: "where to listen on TCP as well; without it, nowhere",
    example: "tcp://127.0.0.1:7443",
    flag: "--listen",
  },
  {
    key: "listen.tcp.tokens",
    means: "whether callers may show who they are by tokens",
    fallbackWords: "`false`",
    example: true,
    flag: "--tokens",
  },
  {
    key: "listen.tcp.allowed_hosts",
    means: "hosts that the daemon is known by, besides its address",
    fallbackWords: "`[]`",
    example: ["gantry.example"],
  },
  {
    key: "listen.tcp.certificate",
    means: "the daemon's certificate, a file in PEM",
    example: "server.pem",
    reload: "file",
    flag: "--tls-certificate",
  },
  {
    key: "listen.tcp.key",
    means: "its key, likewise; open to nobody but its owner",
    example: "server.key",
    reload: "file",
    flag: "--tls-key",
  },
  {
    key: "listen.tcp.client_ca",
    means: "authority of clients' certificates, likewise",
    example: "clients.pem",
    reload: "file",
    flag: "--tls-client-ca",
  },
  {
    key: "listen.tcp.tls_min_version",
    means: 'the oldest version of TLS taken: "1.2" or "1.3"',
    fallbackWords: '`"1.3"`',
    example: "1.3",
  },
  {
    key: "listen.tcp.clients.NAME.role",
    means: "what the holder of a certificate of this name may do: see access.md",
    example: "operator",
  },
  {
    key: "listen.tcp.clients.NAME.namespaces",
    means: "in which namespaces",
    example: ["ci"],
  },
  {
    key: "listen.tcp.clients.NAME.all_namespaces",
    means: "or true for all of them",
    fallbackWords: "`false`",
    example: false,
  },
  {
    key: "defaults.runtime",
    means: "runtime of containers that name none",
    fallbackWords: "the first that is ready",
    example: "linux",
  },
  {
    key: "defaults.snapshotter",
    means: "snapshotter of calls that name none",
    fallbackWords: "the first that is ready",
    example: "overlay",
  },
  ...plugin("runtimes", "my-runtime", "a runtime"),
  ...plugin("snapshotters", "my-snapshotter", "a snapshotter"),
];
