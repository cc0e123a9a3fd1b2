import { readdirSync } from "node:fs";
import type { Container, ContainerInfo, DeleteOptions, ExecRequest, Exit, KillOptions, ProcessInfo } from "@gantry/api";
import { type CallOptions, checkIdentifier, type Signal } from "@gantry/api";
import { processFromAny } from "@gantry/api/spec";
import { HostProcess, isMade, lacks, makeProcess, type Place } from "./process.ts";
import { programOf } from "./program.ts";

const execPrefix = "exec-";

/** A container: its own process, and the execs, which have their directories in the one of the container. */
export class ProcessContainer implements Container {
  readonly info: ContainerInfo;
  readonly init: HostProcess;
  readonly #place: Place;
  readonly #execs = new Map<string, HostProcess>();

  /** Finds it in its directory. */
  constructor(namespace: string, place: Place) {
    this.#place = place;
    this.init = new HostProcess(place);
    const createdAt = new Date(this.init.program.createdAt);
    this.info = { namespace, id: place.id, runtime: "process", createdAt };
    const names = readdirSync(place.directory).filter((name) => name.startsWith(execPrefix));
    const places = names.map((name) => this.#placeOf(name.slice(execPrefix.length)));
    const execs = places.filter(isMade).map((one) => new HostProcess(one));
    for (const exec of execs.sort((a, b) => a.program.createdAt - b.program.createdAt)) this.#execs.set(exec.id, exec);
  }

  state = (options?: CallOptions) => this.init.state(options);
  start = (options?: CallOptions) => this.init.start(options);

  /** With `all`, also to what the processes started, which is in their groups. */
  async kill(signal: Signal, options: KillOptions = {}): Promise<void> {
    await this.init.kill(signal, options);
    for (const exec of options.all ? this.execs() : []) {
      if ((await exec.state()).status === "running") await exec.kill(signal, options);
    }
  }

  async exec({ id, process, stdio }: ExecRequest, options?: CallOptions): Promise<HostProcess> {
    checkIdentifier("process", id);
    const { status } = await this.state(options);
    if (status !== "running") throw this.init.error("failed-precondition", `is ${status}, expected running`);
    const exec = makeProcess(this.#placeOf(id), programOf(processFromAny(process), stdio, this.init.program));
    this.#execs.set(id, exec);
    return exec;
  }

  execs(): readonly HostProcess[] {
    return [...this.#execs.values()].filter((exec) => !exec.isDeleted);
  }

  async processes(options?: CallOptions): Promise<readonly ProcessInfo[]> {
    const { status } = await this.state(options);
    if (status === "stopped") throw this.init.error("failed-precondition", "is stopped");
    const all = [this.init, ...this.execs()].map(async (one) => ({ id: one.id, pid: (await one.state()).pid }));
    return (await Promise.all(all)).flatMap(({ id, pid }) => (pid === null ? [] : [{ id, pid }]));
  }

  pause = lacks("pause");
  resume = lacks("pause");
  update = lacks("resource limits");
  stats = lacks("accounting");
  checkpoint = lacks("checkpointing");

  async delete(options?: DeleteOptions): Promise<Exit | null> {
    const exit = await this.init.end(options);
    for (const exec of this.execs()) await exec.delete({ force: true });
    return this.init.forget(exit);
  }

  #placeOf(id: string): Place {
    const { directory, closing } = this.#place;
    return { id, directory: `${directory}/${execPrefix}${id}`, leader: directory, closing };
  }
}
