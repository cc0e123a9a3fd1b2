import { isAbsolute } from "node:path";
import { OperationError } from "@gantry/api";
import { hostSubject } from "./host-error.ts";
import { defaultDeadlines, type OciDeadlines } from "./oci-runtime.ts";

/** Options of this runtime in the daemon's configuration. */
export interface LinuxRuntimeOptions {
  /** Name or absolute path of the OCI runtime. Default: `crun` where it works with the host's cgroups, then `runc`. */
  readonly ociRuntime: string | null;
  /** Name or absolute path of conmon. Default: `conmon`. */
  readonly conmon: string;
  /** Whether to do without runc what its `start` and `delete` would do, where that is the same. Default: true. */
  readonly shortcuts: boolean;
  /** Milliseconds after which a verb of the OCI runtime is killed: `createMs`, `startMs`, `killMs`, `deleteMs`, `changeMs`. */
  readonly deadlines: OciDeadlines;
}

const programName = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/;

/** Throws `invalid-argument`: an option is unknown or has a value of another form. */
export function readOptions(options: Readonly<Record<string, unknown>>): LinuxRuntimeOptions {
  const { ociRuntime, conmon = "conmon", shortcuts = true, deadlines = {}, ...unknown } = options;
  const [first] = Object.keys(unknown);
  if (first !== undefined) {
    throw optionError(first, "is no option of this runtime, expected ociRuntime, conmon, shortcuts or deadlines");
  }
  if (typeof shortcuts !== "boolean") {
    throw optionError("shortcuts", "expected a boolean");
  }
  return {
    shortcuts,
    ociRuntime: ociRuntime === undefined ? null : readProgram("ociRuntime", ociRuntime),
    conmon: readProgram("conmon", conmon),
    deadlines: readDeadlines(deadlines),
  };
}

function readProgram(option: string, value: unknown): string {
  if (typeof value === "string" && !value.includes("\0") && (isAbsolute(value) || programName.test(value))) {
    return value;
  }
  throw optionError(option, "expected the name or the absolute path of a program");
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
