import { basename, isAbsolute } from "node:path";
import { OperationError } from "@gantry/api";
import type { CriuOptions } from "./criu.ts";
import { hostSubject } from "./host-error.ts";
import { isObject } from "./lossless-json.ts";
import { defaultDeadlines, type OciDeadlines } from "./oci-runtime.ts";

/** Options of this runtime in the daemon's configuration. */
export interface LinuxRuntimeOptions {
  /** Name or absolute path of the OCI runtime. Default: `crun` where it works with the host's cgroups, then `runc`. */
  readonly ociRuntime: string | null;
  /** Name or absolute path of conmon. Default: `conmon`. */
  readonly conmon: string;
  /** Whether to do without runc what its `start` and `delete` would do, where that is the same. Default: true. */
  readonly shortcuts: boolean;
  /** Bytes of the log of a process that are kept at most, with headers of lines; 0 for all. Default: 64 MiB. */
  readonly logBytes: number;
  /** Where CRIU is, and what it needs in its environment: `criu` and `criuEnvironment`. */
  readonly criu: CriuOptions;
  /**
   * Milliseconds after which a verb of the OCI runtime is killed: `createMs`, `startMs`, `killMs`, `deleteMs`,
   * `changeMs`, `checkpointMs`, `restoreMs`.
   */
  readonly deadlines: OciDeadlines;
}

const defaultLogBytes = 64 * 1024 * 1024;
/** Half of it is one file: far more than conmon writes at once, and less than the positions that an offset has room for. */
const minLogBytes = 1024 * 1024;
const maxLogBytes = 4 * 1024 * 1024 * 1024;

const programName = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/;

/** Throws `invalid-argument`: an option is unknown or has a value of another form. */
export function readOptions(options: Readonly<Record<string, unknown>>): LinuxRuntimeOptions {
  const {
    ociRuntime,
    conmon = "conmon",
    shortcuts = true,
    logBytes = defaultLogBytes,
    deadlines = {},
    criu = criuName,
    criuEnvironment = {},
    ...unknown
  } = options;
  const [first] = Object.keys(unknown);
  if (first !== undefined) {
    throw optionError(
      first,
      "is no option of this runtime, expected ociRuntime, conmon, shortcuts, logBytes, criu, criuEnvironment or deadlines",
    );
  }
  if (typeof shortcuts !== "boolean") {
    throw optionError("shortcuts", "expected a boolean");
  }
  return {
    shortcuts,
    ociRuntime: ociRuntime === undefined ? null : readProgram("ociRuntime", ociRuntime),
    conmon: readProgram("conmon", conmon),
    logBytes: readLogBytes(logBytes),
    criu: { program: readCriu(criu), environment: readEnvironment(criuEnvironment) },
    deadlines: readDeadlines(deadlines),
  };
}

function readProgram(option: string, value: unknown): string {
  if (typeof value === "string" && !value.includes("\0") && (isAbsolute(value) || programName.test(value))) {
    return value;
  }
  throw optionError(option, "expected the name or the absolute path of a program");
}

/** The OCI runtime looks for a program of this name. */
const criuName = "criu";

function readCriu(value: unknown): string {
  const program = readProgram("criu", value);
  if (basename(program) === criuName) return program;
  throw optionError("criu", `expected the absolute path of a program that is named ${criuName}`);
}

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

function readEnvironment(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) throw optionError("criuEnvironment", "expected a table of texts");
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => {
      if (variableName.test(name) && typeof text === "string" && !text.includes("\0")) return [name, text];
      throw optionError(`criuEnvironment.${name}`, "expected the name of a variable, and a text");
    }),
  );
}

function readLogBytes(value: unknown): number {
  const isLimit = typeof value === "number" && Number.isInteger(value) && value >= minLogBytes && value <= maxLogBytes;
  if (value !== 0 && !isLimit) {
    throw optionError("logBytes", `expected a number of bytes from ${minLogBytes} to ${maxLogBytes}, or 0`);
  }
  return value;
}

function readDeadlines(value: unknown): OciDeadlines {
  if (typeof value !== "object" || value === null) {
    throw optionError("deadlines", "expected a table of milliseconds");
  }
  for (const [name, milliseconds] of Object.entries(value)) {
    if (!Object.hasOwn(defaultDeadlines, name) || !Number.isInteger(milliseconds) || milliseconds <= 0) {
      throw optionError(
        `deadlines.${name}`,
        `expected a number of milliseconds for ${Object.keys(defaultDeadlines).join(", ")}`,
      );
    }
  }
  return { ...defaultDeadlines, ...value };
}

function optionError(option: string, detail: string): OperationError {
  return new OperationError("invalid-argument", hostSubject, `option ${option}: ${detail}`);
}
