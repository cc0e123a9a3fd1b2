import { type Container, isOperationError, type OperationError, type Process, type Runtime } from "@gantry/api";
import type { RuntimeHarness } from "@gantry/api/testing";

/** What does as `sound` does, except for `change`. */
export function altered<T extends object>(sound: T, change: Partial<T>): T {
  return new Proxy(sound, {
    get(target, key) {
      if (Object.hasOwn(change, key)) return Reflect.get(change, key);
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A runtime whose containers are changed, those that it makes and those that it finds. */
export function withContainers(sound: Runtime, change: (container: Container) => Partial<Container>): Runtime {
  const known = new WeakMap<Container, Container>();
  const changed = (container: Container) => {
    const one = known.get(container) ?? altered(container, change(container));
    known.set(container, one);
    return one;
  };
  return altered(sound, {
    create: async (...args) => changed(await sound.create(...args)),
    load: async (...args) => {
      const found = await sound.load(...args);
      return found.map((one) => ("container" in one ? { ...one, container: changed(one.container) } : one));
    },
  });
}

/** A runtime whose processes are changed: those of containers, and their execs. */
export function withProcesses(
  sound: Runtime,
  change: (process: Process, container: Container) => Partial<Process>,
): Runtime {
  return withContainers(sound, (container) => {
    const known = new WeakMap<Process, Process>();
    const changed = (process: Process) => {
      const one = known.get(process) ?? altered(process, change(process, container));
      known.set(process, one);
      return one;
    };
    const init = changed(container.init);
    return {
      init,
      state: (...args) => init.state(...args),
      start: (...args) => init.start(...args),
      exec: async (...args) => changed(await container.exec(...args)),
      execs: () => container.execs().map(changed),
    };
  });
}

/** As {@link withProcesses}, for execs alone. */
export function withExecs(
  sound: Runtime,
  change: (process: Process, container: Container) => Partial<Process>,
): Runtime {
  return withProcesses(sound, (process, container) => (process === container.init ? {} : change(process, container)));
}

/** The harness with each of its runtimes spoilt. */
export function spoiltHarness(harness: RuntimeHarness, spoil: (sound: Runtime) => Runtime): RuntimeHarness {
  let runtime = spoil(harness.runtime);
  return altered(harness, {
    get runtime() {
      return runtime;
    },
    reopen: async (meanwhile) => {
      await runtime.close();
      await harness.reopen(meanwhile);
      runtime = spoil(harness.runtime);
      return runtime.load();
    },
  });
}

/** What `call` gives, or what `instead` gives where it rejects with `kind`. */
export async function unless<T>(
  kind: OperationError["kind"],
  call: Promise<T>,
  instead: () => T | Promise<T>,
): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (isOperationError(error, kind)) return instead();
    throw error;
  }
}

/** What never comes. */
export function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
