import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRouterTransport } from "@connectrpc/connect";
import { ContainerService, type StopContainerRequest } from "@gantry/api/gantry/containers/v1";
import { dateToMessage } from "@gantry/api/wire";
import { supervisionCalls } from "./container-supervision.ts";
import { createRawClients } from "./raw.ts";

const at = new Date(1_700_000_000_000);
const exit = { pid: 41, status: 7, exitedAt: dateToMessage(at), oomKilled: true };

describe("the calls of supervision", () => {
  const seen: Pick<StopContainerRequest, "id" | "signal" | "timeoutMs">[] = [];
  const transport = createRouterTransport(({ service }) => {
    service(ContainerService, {
      stopContainer: ({ id, signal, timeoutMs }) => {
        seen.push({ id, signal, ...(timeoutMs !== undefined && { timeoutMs }) });
        return id === "never" ? {} : { exit };
      },
      restartContainer: ({ id }) => ({ pid: id === "a" ? 41 : 0 }),
      listExits: () => ({ exits: [{ uid: 2n ** 60n, run: 3, exit }] }),
    });
  });
  const calls = supervisionCalls(createRawClients(transport));

  it("send what was asked for, and leave open what was not", async () => {
    assert.deepEqual(await calls.stop("a", { stopSignal: 2, timeoutMs: 0 }), {
      ...{ pid: 41, status: 7, exitedAt: at, oomKilled: true },
    });
    assert.equal(await calls.stop("never"), null);
    assert.deepEqual(seen, [
      { id: "a", signal: "2", timeoutMs: 0 },
      { id: "never", signal: "" },
    ]);
  });

  it("return a process id where there is one, and ends with their runs", async () => {
    assert.deepEqual([await calls.restart("a"), await calls.restart("b")], [41, null]);
    assert.deepEqual(await calls.exits("a"), [
      { uid: 2n ** 60n, run: 3, pid: 41, status: 7, exitedAt: at, oomKilled: true },
    ]);
  });
});
