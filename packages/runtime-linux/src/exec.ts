import { checkIdentifier, type ExecRequest, OperationError, type Subject } from "@gantry/api";
import type { LinuxContainer } from "./container.ts";
import { ExecProcess } from "./exec-process.ts";
import { processForm, readJsonValue } from "./json-value.ts";
import { isObject, type JsonObject, parseJson, writeJson } from "./lossless-json.ts";
import { mergeProcess, readProcess } from "./process-spec.ts";
import { resolveProcess } from "./process-user.ts";
import { type ExecRecord, writeExecRecord } from "./record.ts";
import { checkStdio } from "./stdio.ts";

/** As `Container.exec` of a running container; to be run among the container's changes. */
export async function prepareExec(container: LinuxContainer, request: ExecRequest): Promise<ExecProcess> {
  const { host } = container.context;
  checkIdentifier("process", request.id);
  const subject: Subject = { type: "process", id: request.id };
  const requested = readJsonValue(request.process, processForm, subject);
  const process = readProcess(mergeProcess(await initProcess(container), requested), "process");
  checkStdio(request.stdio, { subject, terminal: process.terminal });
  const files = container.bundle.exec(request.id);
  await host.makeDirectory(container.bundle.execs);
  if (!(await host.makeDirectory(files.directory))) {
    throw new OperationError("already-exists", subject, `is in use in container ${container.info.id}`);
  }
  try {
    const { id, stdio } = request;
    const record: ExecRecord = {
      id,
      stdio,
      terminal: process.terminal,
      createdAt: new Date(),
      phase: "prepared",
      identity: null,
    };
    await host.writeText(files.process, writeJson(await resolveProcess(host, container.bundle.rootfs, process)));
    await host.replaceText(files.record, writeExecRecord(record));
    const exec = new ExecProcess(container, record);
    container.execProcesses.set(id, exec);
    return exec;
  } catch (error) {
    await host.removeTree(files.directory);
    throw error;
  }
}

/** The process of the spec, as it was completed for the OCI runtime. */
async function initProcess(container: LinuxContainer): Promise<JsonObject> {
  const config = parseJson((await container.context.host.readText(container.bundle.config)) ?? "null");
  const process = isObject(config) ? config["process"] : undefined;
  if (!isObject(process)) {
    throw new OperationError("data-loss", container.subject, "its spec in the bundle is damaged");
  }
  return process;
}
