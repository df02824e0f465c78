import { numbersConfig } from "./numbers_section.ts";
import { BenchServer, programCommand } from "./programs.ts";
import type { BenchSettings, Figure, Section } from "./section.ts";

/** How soon a server is there, and what it takes when nobody asks it anything. */
export const startSection: Section = {
  name: "start",
  title: `Start and idling, ${Deno.env.get("JUBATUS_BIN") ? "compiled programs" : "from sources"}`,
  async run(settings: BenchSettings): Promise<Figure[]> {
    const times = settings.quick ? 3 : 7;
    const version: number[] = [];
    const answer: number[] = [];
    settings.progress("starting servers");
    for (let i = 0; i < times; i++) {
      const { program, args } = await programCommand("jubaclassifier", ["--version"]);
      const begin = performance.now();
      await new Deno.Command(program, { args: [...args] }).output();
      version.push(performance.now() - begin);
      const beginServer = performance.now();
      await using _server = await BenchServer.classifier(numbersConfig("AROW"));
      answer.push(performance.now() - beginServer);
    }
    const figures: Figure[] = [
      { name: "start to --version", value: median(version), unit: "ms", note: `median of ${times}` },
      {
        name: "start to the first answer",
        value: median(answer),
        unit: "ms",
        wanted: { atMost: 250 },
        note: `median of ${times}`,
      },
    ];
    if (Deno.build.os !== "linux") return figures;
    settings.progress("watching an idle server");
    await using server = await BenchServer.classifier(numbersConfig("AROW"));
    const seconds = settings.quick ? 2 : 5;
    await sleep(1);
    const before = await server.cpuSeconds();
    await sleep(seconds);
    const used = await server.cpuSeconds() - before;
    return [...figures, {
      name: "processor time of an idle server",
      value: used / seconds * 1000,
      unit: "ms/s",
      wanted: { atMost: 5 },
      note: `over ${seconds} s`,
    }, {
      name: "resident memory of an idle server",
      value: await server.residentBytes() / 1024 / 1024,
      unit: "MiB",
    }];
  },
};

function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1]!;
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
