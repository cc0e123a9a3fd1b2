import { join } from "node:path";
import { type Client, createClient } from "@connectrpc/connect";
import { ContainerService } from "@gantry/api/gantry/containers/v1";
import { type Event, EventService } from "@gantry/api/gantry/events/v1";
import { backOffMs } from "../core/supervision/restart-policy.ts";
import { FakeRuntime, type FakeRuntimeOptions } from "./fake-runtime.ts";
import { ManualClock } from "./manual-clock.ts";
import { noPlugins, TestDaemon, temporaryDirectory } from "./test-daemon.ts";

/** A daemon on a runtime that runs nothing, with a clock that stands, and what its tests ask for. */
export class Supervised {
  readonly test: TestDaemon;
  readonly runtime: FakeRuntime;
  readonly clock: ManualClock;
  readonly containers: Client<typeof ContainerService>;

  private constructor(test: TestDaemon, runtime: FakeRuntime, clock: ManualClock) {
    this.test = test;
    this.runtime = runtime;
    this.clock = clock;
    this.containers = createClient(ContainerService, test.transport());
  }

  /** @param directory - default: a new one, which is removed in the end */
  static async start(directory = temporaryDirectory(), options: FakeRuntimeOptions = {}): Promise<Supervised> {
    const clock = new ManualClock();
    const runtime = new FakeRuntime({ directory: join(directory, "fake"), ...options });
    const registrations = { ...noPlugins, runtimes: [runtime.registration()] };
    const test = await TestDaemon.start({ registrations, clock }, directory);
    return new Supervised(test, runtime, clock);
  }

  /** Ends the daemon, and starts another one on what it left. */
  async reboot(options: FakeRuntimeOptions = {}): Promise<Supervised> {
    await this.test.daemon.close();
    return Supervised.start(this.test.directory, options);
  }

  /** Resolves with all events of a container when there are `count` of a topic. */
  async events(id: string, topic: string, count = 1): Promise<readonly Event[]> {
    const seen: Event[] = [];
    const request = { filters: [`subject==${id}`], follow: true };
    for await (const { event } of createClient(EventService, this.test.transport()).subscribe(request)) {
      if (event === undefined) continue;
      seen.push(event);
      if (seen.filter((one) => one.topic === `container.${topic}`).length === count) break;
    }
    return seen;
  }

  /** The last words of the topics of a container's events until now. */
  async words(id: string): Promise<readonly string[]> {
    const request = { filters: [`subject==${id}`] };
    const answers = await Array.fromAsync(createClient(EventService, this.test.transport()).subscribe(request));
    return answers.flatMap(({ event }) => event?.topic.replace("container.", "") ?? []);
  }

  /** How long those have to wait that are to be restarted; other parts of the daemon wait by the same clock. */
  get backOffs(): readonly number[] {
    return this.clock.waits.filter((wait) =>
      Array.from({ length: 11 }, (_, index) => backOffMs(index + 1)).includes(wait),
    );
  }

  /** What the daemon does about a container. */
  async supervision(id: string) {
    const { container } = await this.containers.getContainer({ id });
    if (container?.supervision === undefined) throw new TypeError("the answer has no supervision");
    return container.supervision;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.test[Symbol.asyncDispose]();
  }
}
