import type { AnyValue, Mount, Stdio } from "@gantry/api";
import type { HealthCheck } from "../core/supervision/health.ts";

/** What a runtime was told to make besides the spec: what is needed to make it again. */
export interface ContainerCreation {
  /** Empty: the mounts of the snapshot, asked for anew each time. */
  readonly rootfs: readonly Mount[];
  readonly stdio: Stdio;
  readonly options?: AnyValue;
}

/** What is taken for a container of a version that kept nothing of this. */
const forgottenCreation: ContainerCreation = { rootfs: [], stdio: { kind: "log" } };

/** Writes it for a TEXT column. */
export function creationToText({ rootfs, stdio, options }: ContainerCreation): string {
  const bytes = options && { typeUrl: options.typeUrl, base64: Buffer.from(options.value).toString("base64") };
  return JSON.stringify({ rootfs, stdio, options: bytes });
}

/** Reads what {@link creationToText} wrote; `null` is that of a container that was made before. */
export function creationFromText(text: string | null): ContainerCreation {
  if (text === null) return forgottenCreation;
  const { rootfs, stdio, options } = JSON.parse(text);
  if (options === undefined) return { rootfs, stdio };
  return { rootfs, stdio, options: { typeUrl: options.typeUrl, value: Buffer.from(options.base64, "base64") } };
}

/** Reads a health check from a TEXT column. */
export function healthCheckFromText(text: string | null): HealthCheck | null {
  return text === null ? null : JSON.parse(text);
}
