/**
 * The parts of an OCI runtime specification (config.md, config-linux.md) that Gantry reads or writes. A spec may hold
 * more than is named here; what is not named is kept as it came.
 */
export interface OciSpec {
  readonly ociVersion: string;
  readonly process?: OciProcess;
  readonly root?: { readonly path?: string; readonly readonly?: boolean };
  readonly hostname?: string;
  readonly domainname?: string;
  readonly mounts?: readonly OciMount[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly hooks?: Readonly<Record<string, unknown>>;
  readonly linux?: OciLinux;
}

/** The process of a spec, or of an exec. */
export interface OciProcess {
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** `NAME=VALUE`. */
  readonly env?: readonly string[];
  readonly terminal?: boolean;
  readonly consoleSize?: { readonly width: number; readonly height: number };
  readonly user?: OciUser;
  readonly capabilities?: OciCapabilities;
  readonly rlimits?: readonly { readonly type: string; readonly soft: number; readonly hard: number }[];
  readonly noNewPrivileges?: boolean;
  readonly oomScoreAdj?: number;
  readonly apparmorProfile?: string;
  readonly selinuxLabel?: string;
}

/** Who a process runs as. With `username` (`USER[:GROUP]`, names or numbers) the runtime looks the numbers up. */
export interface OciUser {
  readonly uid?: number;
  readonly gid?: number;
  readonly umask?: number;
  readonly additionalGids?: readonly number[];
  readonly username?: string;
}

/** Sets of Linux capabilities, by name (`CAP_CHOWN`). */
export interface OciCapabilities {
  readonly bounding?: readonly string[];
  readonly effective?: readonly string[];
  readonly permitted?: readonly string[];
  readonly inheritable?: readonly string[];
  readonly ambient?: readonly string[];
}

/** A mount inside the container, over its root file system. */
export interface OciMount {
  readonly destination: string;
  readonly type?: string;
  readonly source?: string;
  readonly options?: readonly string[];
}

/** The Linux section. */
export interface OciLinux {
  readonly namespaces?: readonly { readonly type: string; readonly path?: string }[];
  readonly uidMappings?: readonly OciIdMapping[];
  readonly gidMappings?: readonly OciIdMapping[];
  readonly devices?: readonly Readonly<Record<string, unknown>>[];
  readonly cgroupsPath?: string;
  readonly resources?: OciResources;
  readonly sysctl?: Readonly<Record<string, string>>;
  readonly seccomp?: Readonly<Record<string, unknown>>;
  readonly rootfsPropagation?: string;
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  readonly mountLabel?: string;
}

/** A range of ids of a user namespace. */
export interface OciIdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

/** Limits of a container. */
export interface OciResources {
  readonly devices?: readonly {
    readonly allow: boolean;
    readonly type?: string;
    readonly major?: number;
    readonly minor?: number;
    readonly access?: string;
  }[];
  /** Bytes; -1 for no limit. */
  readonly memory?: { readonly limit?: number; readonly reservation?: number; readonly swap?: number };
  readonly cpu?: {
    readonly shares?: number;
    readonly quota?: number;
    readonly period?: number;
    readonly cpus?: string;
    readonly mems?: string;
  };
  readonly pids?: { readonly limit: number };
}
