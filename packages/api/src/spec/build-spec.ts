import { checkProgram } from "./build-process.ts";
import { chooseCapabilities } from "./capabilities.ts";
import { entriesOf, mergeEnvironment } from "./environment.ts";
import type { ImageConfig, ImageProcess } from "./image-config.ts";
import { readImageConfig } from "./image-config.ts";
import {
  anyDevice,
  defaultMounts,
  defaultNamespaces,
  defaultPath,
  deviceRules,
  maskedPaths,
  openFiles,
  readonlyPaths,
} from "./linux-defaults.ts";
import type { OciLinux, OciMount, OciProcess, OciResources, OciSpec, OciUser } from "./oci.ts";
import { checkAbsolutePath, checkText, checkTexts, checkUser } from "./process-text.ts";
import { buildResources, checkCount } from "./resources.ts";
import { seccompProfile } from "./seccomp-profile.ts";
import { specError } from "./spec-error.ts";
import type { SpecOptions } from "./spec-options.ts";
import { idMappingsOf, mountInUserNamespace } from "./user-namespace.ts";

/**
 * Builds the spec of a container for Linux from an image's configuration and what the caller wants else.
 *
 * Pure: the same input gives the same spec on every machine, and nothing is looked up. Names of users stay names, which
 * the runtime looks up in the root file system; where the cgroup is, the runtime decides.
 *
 * Without options the container has namespaces of its own for everything, a network with nothing but loopback, the
 * default capabilities (none inheritable or ambient), the default seccomp profile and no way to gain privileges.
 *
 * @param image - JSON text of the image's configuration, or what it was parsed to
 *
 * Throws
 * - `invalid-argument`: a property of the image or of the options has the wrong form; the subject is the property
 * - `unimplemented`: the image is for an operating system other than Linux
 */
export function buildSpec(image: string | ImageConfig, options: SpecOptions = {}): OciSpec {
  const { architecture, config = {} } = readImageConfig(image);
  const capabilities = chooseCapabilities(options.capabilities ?? {}, options.privileged ?? false);
  const annotations = entriesOf(options.annotations);
  return {
    ociVersion: "1.0.2",
    process: processOf(config, options, capabilities),
    // The runtime shows the root file system where it likes and fills in the path.
    root: { path: "rootfs", readonly: options.readonlyRoot ?? false },
    hostname: checkHostname(options.hostname ?? "localhost"),
    mounts: mountsOf(options),
    ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations.map(checkAnnotation)) }),
    linux: linuxOf(options, capabilities, architecture),
  };
}

function processOf(image: ImageProcess, options: SpecOptions, capabilities: readonly string[]): OciProcess {
  const { terminal = false } = options;
  const defaults = [defaultPath, ...(terminal ? ["TERM=xterm"] : [])];
  return {
    args: argsOf(image, options),
    cwd: cwdOf(image, options),
    // A malformed variable is named by its place in the image.
    env: mergeEnvironment([...defaults, ...checkedEnv(image)], "process.env", options.env),
    ...(terminal && { terminal }),
    user: userOf(image, options),
    // Programs that are run inherit nothing: inheritable and ambient sets would outlive a change of the user.
    capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    rlimits: [{ type: "RLIMIT_NOFILE", ...openFilesOf(options) }],
    noNewPrivileges: !(options.allowNewPrivileges ?? options.privileged ?? false),
  };
}

function argsOf(image: ImageProcess, options: SpecOptions): readonly string[] {
  const { args, entrypoint } = options;
  if (entrypoint !== undefined) {
    return checkProgram([...checkTexts(entrypoint, "entrypoint"), ...checkTexts(args ?? [], "args")]);
  }
  return checkProgram([...(image.Entrypoint ?? []), ...checkTexts(args ?? image.Cmd ?? [], "args")]);
}

function cwdOf(image: ImageProcess, options: SpecOptions): string {
  return options.cwd === undefined
    ? checkAbsolutePath(image.WorkingDir || "/", "config.WorkingDir")
    : checkAbsolutePath(options.cwd, "process.cwd");
}

function checkedEnv(image: ImageProcess): readonly string[] {
  return mergeEnvironment(image.Env ?? [], "config.Env", undefined);
}

/** Number 0 goes by `username` too, so that the runtime adds the groups that the root file system gives it. */
function userOf(image: ImageProcess, options: SpecOptions): OciUser {
  const username =
    options.user === undefined
      ? checkUser(image.User || "0", "config.User")
      : checkUser(options.user, "process.user.username");
  return { username };
}

function openFilesOf({ openFiles: limit }: SpecOptions): { readonly soft: number; readonly hard: number } {
  return limit === undefined
    ? openFiles
    : { soft: checkCount(limit, "openFiles"), hard: checkCount(limit, "openFiles") };
}

function checkHostname(hostname: string): string {
  const length = new TextEncoder().encode(checkText(hostname, "hostname")).length;
  if (length < 1 || length > 64) {
    throw specError("hostname", `has ${length} bytes, expected 1 to 64`);
  }
  return hostname;
}

function mountsOf(options: SpecOptions): readonly OciMount[] {
  const extra = (options.mounts ?? []).map(checkMount);
  const replaced = new Set(extra.map(({ destination }) => destination));
  const kept = defaultMountsOf(options).filter(({ destination }) => !replaced.has(destination));
  return [...(options.privileged ? kept.map(writable) : kept), ...extra];
}

function defaultMountsOf({ hostNetwork = false, userNamespace }: SpecOptions): readonly OciMount[] {
  if (userNamespace === undefined) {
    return defaultMounts;
  }
  const { gidMappings } = idMappingsOf(userNamespace);
  return defaultMounts.map((mount) => mountInUserNamespace(mount, { gidMappings, hostNetwork }));
}

function writable(mount: OciMount): OciMount {
  return { ...mount, options: (mount.options ?? []).filter((option) => option !== "ro") };
}

function checkMount(mount: OciMount, index: number): OciMount {
  const property = `mounts[${index}]`;
  checkAbsolutePath(mount.destination, `${property}.destination`);
  checkText(mount.type ?? "", `${property}.type`);
  checkText(mount.source ?? "", `${property}.source`);
  checkTexts(mount.options ?? [], `${property}.options`);
  return mount;
}

function checkAnnotation([key, value]: readonly [string, string]): readonly [string, string] {
  const property = `annotations.${key.slice(0, 256)}`;
  if (key === "" || checkText(key, property) === "__proto__") {
    throw specError(property, "expected a name");
  }
  return [key, checkText(value, property)];
}

function linuxOf(options: SpecOptions, capabilities: readonly string[], architecture: string | undefined): OciLinux {
  const { hostNetwork = false, privileged = false } = options;
  const seccomp = options.seccomp ?? (privileged ? "unconfined" : seccompProfile(capabilities, architecture));
  const { userNamespace } = options;
  const namespaces = [
    ...defaultNamespaces,
    ...(hostNetwork ? [] : ["network"]),
    ...(userNamespace === undefined ? [] : ["user"]),
  ];
  const resources: OciResources = { devices: privileged ? anyDevice : deviceRules, ...buildResources(options) };
  return {
    namespaces: namespaces.toSorted().map((type) => ({ type })),
    ...(userNamespace !== undefined && idMappingsOf(userNamespace)),
    resources,
    ...(seccomp !== "unconfined" && { seccomp }),
    ...(!privileged && { maskedPaths, readonlyPaths }),
  };
}
