import type { TestContext } from "node:test";
import type { Runtime } from "../../runtime.ts";
import type { Snapshotter } from "../../snapshotter.ts";
import { connectRuntime } from "../connect-runtime.ts";
import { connectSnapshotter } from "../connect-snapshotter.ts";
import type { ServeOptions, Serving } from "../serve.ts";
import { serveRuntime } from "../serve-runtime.ts";
import { serveSnapshotter } from "../serve-snapshotter.ts";
import type { Script } from "./script.ts";
import { ScriptedRuntime } from "./scripted-runtime.ts";
import { ScriptedSnapshotter } from "./scripted-snapshotter.ts";
import { socketAddress } from "./socket-address.ts";

/** Both ends of a wire. */
export interface Wire<T> {
  /** The end that a test calls. */
  readonly remote: T;
  /** What the implementation at the other end does. */
  readonly script: Script;
  readonly serving: Serving;
}

/** A scripted snapshotter behind a real socket; both ends are closed after the test. */
export async function snapshotterWire(test: TestContext, options?: ServeOptions): Promise<Wire<Snapshotter>> {
  const local = new ScriptedSnapshotter();
  const serving = await serveSnapshotter(local, { address: socketAddress(test) }, options);
  test.after(() => serving.close());
  const remote = await connectSnapshotter(serving.address);
  test.after(() => remote.close());
  return { remote, script: local.script, serving };
}

/**
 * A scripted runtime behind a real socket; both ends are closed after the test.
 *
 * @param prepare - writes the script as far as it is needed before the runtime is served
 */
export async function runtimeWire(
  test: TestContext,
  prepare?: (local: ScriptedRuntime) => void,
): Promise<Wire<Runtime>> {
  const local = new ScriptedRuntime();
  prepare?.(local);
  const serving = await serveRuntime(local, { address: socketAddress(test) });
  test.after(() => serving.close());
  const remote = await connectRuntime(serving.address);
  test.after(() => remote.close());
  return { remote, script: local.script, serving };
}
