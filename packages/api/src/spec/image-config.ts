import { OperationError } from "../errors.ts";
import { checkTexts } from "./process-text.ts";
import { specError } from "./spec-error.ts";

/**
 * The parts of an image's configuration (OCI image specification, config.md) that a spec is made of. Labels are not
 * among them: they are the image's author's words, and never become annotations or anything else that commands.
 */
export interface ImageConfig {
  /** In the words of Go: `amd64`, `arm64`. */
  readonly architecture?: string;
  /** `linux`, `windows`. */
  readonly os?: string;
  readonly config?: ImageProcess;
}

/** How an image wants its program run. */
export interface ImageProcess {
  /** `USER[:GROUP]`, names or numbers. */
  readonly User?: string;
  /** `NAME=VALUE`. */
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
}

/**
 * Reads the parts of a configuration that a spec is made of; all others are left out.
 *
 * @param source - the JSON text of a configuration, or what it was parsed to
 *
 * Throws
 * - `invalid-argument`: no JSON object, or a property of the wrong form
 * - `unimplemented`: the image is for an operating system other than Linux
 */
export function readImageConfig(source: string | ImageConfig): ImageConfig {
  const document = object(typeof source === "string" ? parse(source) : source, "image config");
  const os = text(document, "os", "os");
  if (os !== undefined && os !== "linux") {
    const detail = `no specs are built for images of ${JSON.stringify(os.slice(0, 64))} yet`;
    throw new OperationError("unimplemented", { type: "spec", id: "os" }, detail);
  }
  const architecture = text(document, "architecture", "architecture");
  const process = object(document["config"] ?? {}, "config");
  return {
    ...(os !== undefined && { os }),
    ...(architecture !== undefined && { architecture }),
    config: {
      User: text(process, "User", "config.User") ?? "",
      WorkingDir: text(process, "WorkingDir", "config.WorkingDir") ?? "",
      Env: texts(process, "Env"),
      Entrypoint: texts(process, "Entrypoint"),
      Cmd: texts(process, "Cmd"),
    },
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw specError("image config", "expected JSON", cause);
  }
}

function object(value: unknown, property: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw specError(property, "expected an object");
  }
  // Every property is checked where it is read.
  return value as Record<string, unknown>;
}

// Go writes an empty list or text as null, so null is as good as absent.
function text(parent: Record<string, unknown>, name: string, property: string): string | undefined {
  const value = Object.hasOwn(parent, name) ? (parent[name] ?? undefined) : undefined;
  if (value !== undefined && typeof value !== "string") {
    throw specError(property, "expected a text");
  }
  return value;
}

function texts(parent: Record<string, unknown>, name: string): readonly string[] {
  return checkTexts((Object.hasOwn(parent, name) ? parent[name] : null) ?? [], `config.${name}`);
}
