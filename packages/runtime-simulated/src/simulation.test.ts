import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ProcessRecord } from "./record.ts";
import { pipeBytes, Simulation } from "./simulation.ts";
import { containerRecord, processRecord } from "./testing/made.ts";

const script = (text: string, change: Partial<ProcessRecord> = {}) => processRecord(["sh", "-c", text], change);

/** A simulation of those processes, and a line for each thing that happened in it. */
function simulate(...processes: ProcessRecord[]) {
  const record = containerRecord(...processes);
  const lines: string[] = [];
  const simulation = new Simulation(record, {
    printed: ({ id }, { stream, data, at }) => lines.push(`${at} ${id} ${stream} ${JSON.stringify(String(data))}`),
    ended: ({ id, exit }) => lines.push(`${exit?.at} ${id} ended ${exit?.status}`),
  });
  return { record, simulation, lines };
}

describe("simulation", () => {
  it("runs a program until it waits, and says when it goes on", () => {
    const process = script("echo a; sleep 1; echo b; exit 3");
    const { simulation, lines } = simulate(process);
    assert.equal(simulation.wakeAt, null);
    simulation.start(process, 100);
    assert.deepEqual(lines, ['100 c1 stdout "a\\n"']);
    assert.equal(simulation.wakeAt, 1_100);
    simulation.advance(1_099);
    assert.equal(lines.length, 1);
    simulation.advance(1_100);
    assert.deepEqual(lines.slice(1), ['1100 c1 stdout "b\\n"', "1100 c1 ended 3"]);
    assert.equal(simulation.wakeAt, null);
  });

  it("does what was due at the time it was due, however late", () => {
    const process = script("sleep 1; echo a; sleep 1; echo b");
    const { simulation, lines } = simulate(process);
    simulation.start(process, 0);
    simulation.advance(1_000_000);
    assert.deepEqual(lines, ['1000 c1 stdout "a\\n"', '2000 c1 stdout "b\\n"', "2000 c1 ended 0"]);
  });

  it("goes on from a copy of the record as from the record", () => {
    const process = script("sleep 1; echo $$; sleep 1; exit 4");
    const { simulation, record } = simulate(process);
    simulation.start(process, 0);
    const lines: string[] = [];
    const copy = JSON.parse(JSON.stringify(record));
    new Simulation(copy, {
      printed: (_process, { data }) => lines.push(String(data)),
      ended: ({ exit }) => lines.push(`${exit?.status} at ${exit?.at}`),
    }).advance(5_000);
    assert.deepEqual(lines, ["1\n", "4 at 2000"]);
    assert.equal(process.exit, null);
  });

  it("gives the turn to who was due first", () => {
    const [init, exec] = [
      script("sleep 2; echo init; sleep 2"),
      script("sleep 1; echo e1; sleep 2; echo e1", { id: "e1" }),
    ];
    const { simulation, lines } = simulate(init, exec);
    simulation.start(init, 0);
    simulation.start(exec, 0);
    simulation.advance(3_500);
    assert.deepEqual(
      lines.map((line) => line.slice(0, 12)),
      ["1000 e1 stdo", "2000 c1 stdo", "3000 e1 stdo", "3000 e1 ende"],
    );
  });

  it("ends all with the first process, at the same time", () => {
    const [init, exec, prepared] = [script("sleep 1"), script("sleep 9", { id: "e1" }), script("", { id: "e2" })];
    const { simulation, lines } = simulate(init, exec, prepared);
    simulation.start(init, 0);
    simulation.start(exec, 0);
    simulation.advance(1_000);
    assert.deepEqual(lines, ["1000 e1 ended 137", "1000 c1 ended 0"]);
    assert.equal(prepared.status, "created");
  });

  it("ends a program by a signal, unless it is ignored or harmless", () => {
    const process = script("trap '' TERM; sleep 9");
    const { simulation, lines } = simulate(process);
    simulation.start(process, 0);
    for (const signal of [15, 17, 18, 28]) simulation.signal(process, signal, 10);
    assert.deepEqual(lines, []);
    simulation.signal(process, 2, 20);
    assert.deepEqual(lines, ["20 c1 ended 130"]);
    simulation.signal(process, 9, 30);
    assert.equal(process.exit?.status, 130);
  });

  it("ends even by an ignored signal, if it is SIGKILL", () => {
    const process = script("trap '' KILL; sleep 9");
    const { simulation } = simulate(process);
    simulation.start(process, 0);
    simulation.signal(process, 9, 10);
    assert.deepEqual(process.exit, { status: 137, at: 10 });
  });

  it("stands still while paused, and then does at once what was due", () => {
    const process = script("sleep 1; echo a; sleep 1");
    const { simulation, record, lines } = simulate(process);
    simulation.start(process, 0);
    record.isPaused = true;
    simulation.advance(10_000);
    assert.equal(simulation.wakeAt, null);
    assert.deepEqual(lines, []);
    simulation.resume(10_000);
    assert.deepEqual(lines, ['10000 c1 stdout "a\\n"']);
    assert.equal(simulation.wakeAt, 11_000);
  });

  it("keeps signals for a paused program until it goes on, but for SIGKILL", () => {
    const process = script("sleep 9");
    const { simulation, record } = simulate(process);
    simulation.start(process, 0);
    record.isPaused = true;
    simulation.signal(process, 15, 10);
    assert.equal(process.exit, null);
    simulation.resume(20);
    assert.deepEqual(process.exit, { status: 143, at: 20 });
    const other = script("sleep 9");
    const paused = simulate(other);
    paused.simulation.start(other, 0);
    paused.record.isPaused = true;
    paused.simulation.signal(other, 9, 10);
    assert.deepEqual(other.exit, { status: 137, at: 10 });
    assert.equal(paused.record.isPaused, false);
  });

  it("hands input to a program that waits for it, and keeps it for one that does not yet", () => {
    const process = processRecord(["cat"]);
    const { simulation, lines } = simulate(process);
    assert.equal(simulation.feed(process, Buffer.from("early\n"), 0), 6);
    simulation.start(process, 10);
    simulation.feed(process, Buffer.from([0, 255, 10]), 20);
    simulation.closeInput(process, 30);
    assert.deepEqual(
      lines.map((line) => line.slice(0, 12)),
      ["10 c1 stdout", "20 c1 stdout", "30 c1 ended "],
    );
  });

  it("takes as much input as a pipe holds", () => {
    const process = script("sleep 9");
    const { simulation } = simulate(process);
    simulation.start(process, 0);
    assert.equal(simulation.feed(process, Buffer.alloc(pipeBytes - 1), 0), pipeBytes - 1);
    assert.equal(simulation.feed(process, Buffer.alloc(2), 0), 1);
    assert.equal(simulation.feed(process, Buffer.alloc(2), 0), 0);
  });

  it("gives input to a paused program when it goes on", () => {
    const process = processRecord(["cat"]);
    const { simulation, record, lines } = simulate(process);
    simulation.start(process, 0);
    record.isPaused = true;
    simulation.feed(process, Buffer.from("x"), 10);
    simulation.closeInput(process, 10);
    assert.deepEqual(lines, []);
    simulation.resume(20);
    assert.deepEqual(lines, ['20 c1 stdout "x"', "20 c1 ended 0"]);
  });

  it("shows on a terminal what is typed and what is printed, in one stream and with its ends of lines", () => {
    const process = processRecord(["cat"], { terminal: true });
    const { simulation, lines } = simulate(process);
    simulation.start(process, 0);
    simulation.feed(process, Buffer.from("x\n"), 10);
    assert.deepEqual(lines, ['10 c1 stdout "x\\r\\n"', '10 c1 stdout "x\\r\\n"']);
    const other = script("nothing", { terminal: true });
    const errors = simulate(other);
    errors.simulation.start(other, 0);
    assert.match(errors.lines[0] ?? "", /^0 c1 stdout .*not found/);
  });

  it("throws away what nobody keeps", () => {
    const process = script("echo a", { keepsOutput: false });
    const { simulation, lines } = simulate(process);
    simulation.start(process, 0);
    assert.deepEqual(lines, ["0 c1 ended 0"]);
  });

  it("shows files that programs have made to other programs", () => {
    const [init, exec] = [
      script("until [ -e made ]; do sleep 1; done; cat made", { cwd: "/dir" }),
      script("touch /dir/made", { id: "e1" }),
    ];
    const { simulation, record, lines } = simulate(init, exec);
    simulation.start(init, 0);
    simulation.start(exec, 500);
    simulation.advance(1_000);
    assert.deepEqual(record.files, ["/dir/made"]);
    assert.deepEqual(lines, ["500 e1 ended 0", "1000 c1 ended 0"]);
  });

  it("ends with 127 where the program is no longer known", () => {
    const process = processRecord(["gone"]);
    const { simulation } = simulate(process);
    simulation.start(process, 5);
    assert.deepEqual(process.exit, { status: 127, at: 5 });
  });
});
