import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { log } from "../../lib/base/log.ts";
import { StartError } from "../../lib/server/fatal.ts";
import { configureLog, logToStream, parseLogConfig, reloadLogConfig } from "../../lib/server/log_config.ts";

const variables = { JUBATUS_PID: "42", JUBATUS_PROCESS: "jubastat", JUBATUS_HOST: "192.0.2.2", JUBATUS_PORT: "9199" };

function document(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8" ?>\n<!DOCTYPE log4j:configuration SYSTEM "log4j.dtd">\n` +
    `<log4j:configuration xmlns:log4j="http://jakarta.apache.org/log4j/">\n${body}</log4j:configuration>\n`;
}

/** A configuration that writes messages to `file`. */
function fileConfig(file: string, level = "info", pattern = "%p %m%n"): string {
  return document(`
    <appender name="out" class="org.apache.log4j.FileAppender">
      <param name="File" value="${file}"/>
      <layout class="org.apache.log4j.PatternLayout"><param name="ConversionPattern" value="${pattern}"/></layout>
    </appender>
    <root><level value="${level}"/><appender-ref ref="out"/></root>`);
}

/** Runs `body` in a directory of its own and silences the log afterwards. */
function inDirectory(body: (directory: string) => void): void {
  const directory = Deno.makeTempDirSync();
  const level = log.level;
  try {
    body(directory);
  } finally {
    logToStream("stderr"); // closes files
    log.setSinks([]);
    log.configure({ level });
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("parseLogConfig reads appender, layout, level and variables", () => {
  const configuration = parseLogConfig(
    document(`
      <!-- <appender name="unused" class="org.apache.log4j.ConsoleAppender"/> -->
      <appender name="rolling" class="org.apache.log4j.RollingFileAppender">
        <param name="File" value="/var/log/\${JUBATUS_PROCESS}.\${JUBATUS_HOST}_\${JUBATUS_PORT}.\${JUBATUS_PID}.log"/>
        <param name="MaxFileSize" value="20KB" />
        <param name='maxBackupIndex' value='3'/>
        <param name="append" value="false"/>
        <param name="Threshold" value="WARN"/>
        <layout class="org.apache.log4j.PatternLayout">
          <param name="ConversionPattern" value="&lt;%d&gt; %X{tid} %-5p [%F:%L] %m%n"/>
        </layout>
      </appender>
      <logger name="jubatus"><level value="DEBUG"/><appender-ref ref="rolling"/></logger>`),
    variables,
  );
  assertEquals(configuration, {
    level: "debug",
    appenders: [{
      target: "file",
      file: "/var/log/jubastat.192.0.2.2_9199.42.log",
      append: false,
      maxBytes: 20480,
      backups: 3,
      pattern: "<%d> %X{tid} %-5p [%F:%L] %m%n",
      threshold: "warn",
    }],
  });
});

Deno.test("parseLogConfig joins root and logger unless additivity is off", () => {
  const appenders = `
    <appender name="out" class="org.apache.log4j.ConsoleAppender"/>
    <appender name="err" class="org.apache.log4j.ConsoleAppender"><param name="Target" value="System.err"/></appender>`;
  const targets = (body: string): string[] =>
    parseLogConfig(document(appenders + body), variables).appenders.map((appender) => appender.target);
  const root = `<root><priority value="error"/><appender-ref ref="out"/></root>`;
  assertEquals(targets(root), ["stdout"]);
  assertEquals(targets(`${root}<logger name="jubatus"><appender-ref ref="err"/></logger>`), ["stderr", "stdout"]);
  const alone = `<category name="jubatus" additivity="false"><appender-ref ref="err"/></category>`;
  assertEquals(targets(alone + root), ["stderr"]);
  assertEquals(targets(`${root}<logger name="other"><appender-ref ref="err"/></logger>`), ["stdout"]);
});

Deno.test("parseLogConfig fails when nothing says where to log to", () => {
  const texts = [
    "no xml at all",
    document(""),
    document(`<root><appender-ref ref="missing"/></root>`),
    document(`<appender name="a" class="org.apache.log4j.ConsoleAppender"/><root/>`),
    document(`<appender name="a" class="org.apache.log4j.SMTPAppender"/><root><appender-ref ref="a"/></root>`),
  ];
  for (const text of texts) {
    const error = assertThrows(() => parseLogConfig(text, variables), StartError, "failed to configure logger");
    assertEquals([error.report, error.exitCode], ["stderr", 1]);
  }
});

Deno.test("configureLog writes to the file and appends to what is there", () => {
  inDirectory((directory) => {
    Deno.writeTextFileSync(`${directory}/log.xml`, fileConfig(`${directory}/\${JUBATUS_PID}.log`));
    Deno.writeTextFileSync(`${directory}/42.log`, "old\n");
    assertEquals(configureLog(`${directory}/log.xml`, variables), Deno.realPathSync(`${directory}/log.xml`));
    log.info("new");
    log.debug("not written");
    assertEquals(Deno.readTextFileSync(`${directory}/42.log`), "old\nINFO new\n");
  });
});

Deno.test("configureLog reports a missing, empty or wrong file on standard error", () => {
  inDirectory((directory) => {
    const missing = assertThrows(() => configureLog(`${directory}/nosuch.xml`, variables), StartError);
    assertEquals(
      missing.message,
      "exception in main thread: jubatus::core::common::exception::runtime_error: Failed to get realpath\n" +
        `    (#0) API: realpath\n    (#0) File: ${directory}/nosuch.xml\n` +
        "    (#0) Error: No such file or directory (2)",
    );
    assertEquals([missing.report, missing.exitCode], ["stderr", 255]);
    Deno.writeTextFileSync(`${directory}/empty.xml`, "");
    const empty = assertThrows(() => configureLog(`${directory}/empty.xml`, variables), StartError);
    assertStringIncludes(empty.message, "invalid log configuration");
    Deno.writeTextFileSync(`${directory}/pattern.xml`, fileConfig("x", "info", "%Q"));
    const pattern = assertThrows(() => configureLog(`${directory}/pattern.xml`, variables), StartError);
    assertStringIncludes(pattern.message, "unknown conversion %Q");
  });
});

Deno.test("reloadLogConfig changes level and file, and keeps the old ones when the new file is empty", () => {
  inDirectory((directory) => {
    const path = `${directory}/log.xml`;
    Deno.writeTextFileSync(path, fileConfig(`${directory}/1.log`));
    configureLog(path, variables);
    Deno.writeTextFileSync(path, fileConfig(`${directory}/2.log`, "debug"));
    reloadLogConfig(path, variables);
    log.debug("second");
    Deno.writeTextFileSync(path, "");
    reloadLogConfig(path, variables);
    assertEquals(Deno.readTextFileSync(`${directory}/1.log`), `INFO reloading log configuration: ${path}\n`);
    const second = Deno.readTextFileSync(`${directory}/2.log`);
    assertStringIncludes(second, "DEBUG second\n");
    assertStringIncludes(second, "ERROR invalid log configuration; reload aborted\n");
  });
});
