import type { CapabilityChange } from "./capabilities.ts";
import type { TextMap } from "./environment.ts";
import type { OciMount } from "./oci.ts";
import type { UserNamespaceOptions } from "./user-namespace.ts";

/** How a process is to run; what is absent is as the image says. */
export interface ProcessOptions {
  /** Arguments behind the image's entrypoint, in place of the image's own; the program and its arguments where it has none. */
  readonly args?: readonly string[];
  /** Variables over those of the image. */
  readonly env?: TextMap;
  /** Absolute path of the working directory. Default: the image's, else `/`. */
  readonly cwd?: string;
  /** `USER[:GROUP]`, names or numbers, looked up in the root file system by the runtime. Default: the image's, else 0. */
  readonly user?: string;
  /** Whether the process gets a terminal. Default: false. */
  readonly terminal?: boolean;
}

/** What `buildSpec` takes besides the image. */
export interface SpecOptions extends ProcessOptions {
  /** In place of the image's entrypoint; the image's arguments then do not apply either. Empty: none. */
  readonly entrypoint?: readonly string[];
  /** 1 to 64 bytes. Default: `localhost`; callers give the container's id. */
  readonly hostname?: string;
  /** Whether the root file system cannot be written. Default: false. */
  readonly readonlyRoot?: boolean;
  /** Mounts behind the default ones; one with the destination of a default one takes its place. */
  readonly mounts?: readonly OciMount[];
  /** The most memory, in bytes. Default: no limit. */
  readonly memoryBytes?: number | bigint;
  /** The most processor time, as a number of processors, 0.01 at least. Default: no limit. */
  readonly cpus?: number;
  /** The most processes and threads. Default: no limit. */
  readonly pidsLimit?: number;
  /** The most open files of a process. Default: 1,024, which a program may raise to 4,096 by itself. */
  readonly openFiles?: number;
  /** Whether the container shares the host's network. Default: false, it has a loopback interface only. */
  readonly hostNetwork?: boolean;
  /**
   * A user namespace of the container's own, so that its root is another user to the host. The image's files belong to
   * its ids all the same, and what it writes is stored as the image has it. Default: none.
   */
  readonly userNamespace?: UserNamespaceOptions;
  /** Changes to the default capabilities, or to all of them where `privileged`. */
  readonly capabilities?: CapabilityChange;
  /** A seccomp profile (config-linux.md, "Seccomp") in place of the default one, or none. */
  readonly seccomp?: Readonly<Record<string, unknown>> | "unconfined";
  /** Whether set-user-id programs and file capabilities work. Default: false. */
  readonly allowNewPrivileges?: boolean;
  /** Whether to lift what keeps the container from the host: all capabilities and devices, no seccomp, nothing masked. */
  readonly privileged?: boolean;
  /** Annotations of the spec. Nothing of the image ever becomes one. */
  readonly annotations?: TextMap;
}
